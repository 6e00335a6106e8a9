// Rows whose names don't have what was typed are hidden.
(() => {
  const field = document.getElementById('filter');
  const rows = [...document.querySelectorAll('ul[role=list] > li')];
  const named = rows.map(row => [row, row.querySelector('a')])
    .filter(([, link]) => link.getAttribute('href') !== '../')
    .map(([row, link]) => [row, link.textContent.toLowerCase()]);
  field.removeAttribute('hidden');
  field.value = '';
  field.oninput = () => {
    const wanted = field.value.trim().toLowerCase();
    for (const [row, name] of named) {
      row.toggleAttribute('hidden', !name.includes(wanted));
    }
  };
})();
