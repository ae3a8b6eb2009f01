// Offers the browser's own time zone where none was chosen yet. Without JavaScript the list starts at UTC.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const list of document.querySelectorAll("select[data-guess-zone]")) {
  const known = [...list.options].some((option) => option.value === zone);
  if (known && list.value === "UTC") list.value = zone;
}
