// The only script: keeps the overview fresh. Without it the page works the same, by reloading.
(() => {
  const live = document.getElementById("live");
  const button = document.querySelector("[data-live]");
  if (!live || !button) return;
  let on = localStorage.getItem("live") !== "off";
  const show = () => {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? button.dataset.on : button.dataset.off;
  };
  button.addEventListener("click", () => {
    on = !on;
    localStorage.setItem("live", on ? "on" : "off");
    show();
  });
  const refresh = async () => {
    if (!on || document.hidden || live.contains(document.activeElement)) return;
    const answer = await fetch(location.href, { headers: { "X-Part": "live" }, redirect: "error" }).catch(() => null);
    if (!answer || !answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (fresh) live.replaceChildren(...fresh.childNodes);
  };
  show();
  setInterval(refresh, 4000);
})();
