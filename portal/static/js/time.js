/* Adds the browser's own zone beside the server's text, and counts down by the server's clock.
   The server's words stay: this only adds to them. */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const localText = (date) =>
  new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: zone,
  })
    .format(date)
    .replace(",", ""); // "Sat 5 Dec", as the server writes it.

const placeName = (name) => name.split("/").pop().replaceAll("_", " ");

export function addLocalTimes(root = document) {
  if (!zone || zone === "UTC" || zone === "Etc/UTC") return;
  for (const element of root.querySelectorAll("[data-local-time] time[datetime]")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime()) || element.parentElement.querySelector(".local-time")) continue;
    const added = document.createElement("span");
    added.className = "local-time";
    const when = document.createElement("span");
    when.className = "nowrap";
    when.textContent = localText(date);
    added.append(element.closest(".instant-lines") ? "" : " · ", when, ` in your zone (${placeName(zone)})`);
    element.after(added);
  }
}

const plural = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"}`;

/* The largest two units, as portal/domain/instants.py words it; seconds only in the last hour. */
export function leftInWords(milliseconds) {
  if (milliseconds <= 0) return "closed";
  const seconds = Math.floor(milliseconds / 1000);
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${plural(days, "day")}${hours ? ` ${plural(hours, "hour")}` : ""} left`;
  if (hours > 0) return `${plural(hours, "hour")}${minutes ? ` ${plural(minutes, "minute")}` : ""} left`;
  if (minutes > 0) return `${plural(minutes, "minute")} ${plural(seconds % 60, "second")} left`;
  return `${plural(seconds, "second")} left`;
}

/* The page's clock counts from when its answer arrived; performance.now() is not moved by clock changes. */
const arrived = performance.getEntriesByType("navigation")[0]?.responseStart ?? performance.now();

function countDown(element) {
  const closes = Date.parse(element.dataset.countdown);
  const serverNow = Date.parse(element.dataset.serverNow);
  if (Number.isNaN(closes) || Number.isNaN(serverNow)) return;
  const tick = () => {
    const left = closes - (serverNow + performance.now() - arrived);
    element.textContent = left > 0 ? leftInWords(left) : (element.dataset.ended ?? leftInWords(left));
    if (left <= 0) return;
    // Minutes suffice until the last hour: less work, and nothing flickers in the corner of the eye.
    setTimeout(tick, left > 3_600_000 ? 20_000 : 1000);
  };
  // The server's own words stand until they can differ; this also keeps a closed deadline as it was put.
  if (closes > serverNow) tick();
}

addLocalTimes();
document.querySelectorAll("[data-countdown]").forEach(countDown);
