// What happens on a site, as it happens; without this script a reload shows it.
const log = document.querySelector("pre[data-events]");
if (log) {
  const events = new EventSource(log.dataset.events);
  let begun = false;
  events.onopen = () => { begun = false; };
  events.onmessage = ({ data }) => {
    if (!begun) { log.textContent = ""; begun = true; }
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(data + "\n");
    if (below) { log.scrollTop = log.scrollHeight; }
  };
}
for (const form of document.querySelectorAll("form[data-ask]")) {
  form.addEventListener("submit", (event) => { if (!confirm(form.dataset.ask)) { event.preventDefault(); } });
}
