/* Runs in the head before the page is drawn, so that a stored choice never flashes. Without it, or without a
   choice, the page follows the system (css/tokens.css). */
(() => {
  const KEY = "theme";
  const NAMES = { system: "as your system", light: "light", dark: "dark" };
  const ORDER = ["system", "light", "dark"];
  const root = document.documentElement;

  const stored = () => {
    try {
      const value = localStorage.getItem(KEY);
      return value === "light" || value === "dark" ? value : "system";
    } catch {
      return "system"; // Storage may be refused; the choice then lasts for this page.
    }
  };

  const apply = (choice) => {
    if (choice === "system") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", choice);
  };

  const remember = (choice) => {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      /* As above. */
    }
  };

  let choice = stored();
  apply(choice);

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      const name = button.querySelector("[data-theme-name]");
      const show = () => {
        name.textContent = NAMES[choice];
        button.title = `Colours: ${NAMES[choice]}`;
      };
      show();
      button.hidden = false;
      button.addEventListener("click", () => {
        choice = ORDER[(ORDER.indexOf(choice) + 1) % ORDER.length];
        apply(choice);
        remember(choice);
        show();
      });
    }
  });
})();
