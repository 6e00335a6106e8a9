// Files that are chosen or dropped are sent one by one, each by PUT, with what a form
// without this script can't show: how far it is, and what of each wasn't taken.
(() => {
  const form = document.getElementById('upload');
  const [files, folder] = form.querySelectorAll('input');
  const bar = form.querySelector('progress');
  const state = form.querySelector('output');
  const refused = form.querySelector('ul');
  const most = Number(form.dataset.most);
  const waiting = [];
  let busy = false, taken = 0, total = 0, sent = 0;

  form.querySelector('button').hidden = true;
  for (const hidden of form.querySelectorAll('[data-script]')) hidden.hidden = false;

  const put = ([file, path]) => new Promise(done => {
    if (file.size > most) return done('the file is larger than uploads may be');
    const request = new XMLHttpRequest();
    request.upload.onprogress = event => { bar.value = sent + event.loaded; };
    request.onload = () => done(request.status < 300 ? '' :
      request.responseText.replace(/^not uploaded: /, '').trim() || request.status);
    request.onerror = () => done('the connection broke off');
    try {
      request.open('PUT', './' + path.split('/').map(encodeURIComponent).join('/'));
      request.send(file);
    } catch {
      done('its name can’t be sent');
    }
  });

  const refuse = (path, why) => {
    const item = document.createElement('li');
    item.textContent = path + ': ' + why;
    refused.append(item);
  };

  const send = async chosen => {
    waiting.push(...chosen);
    for (const [file] of chosen) total += file.size;
    bar.max = total || 1;
    if (busy) return;
    busy = true;
    bar.hidden = false;
    refused.replaceChildren();
    while (waiting.length) {
      const next = waiting.shift();
      state.value = next[1] + (waiting.length ? ', ' + waiting.length + ' more' : '');
      const why = await put(next);
      if (why) refuse(next[1], why); else taken++;
      bar.value = sent += next[0].size;
    }
    busy = false;
    bar.hidden = true;
    total = sent = 0;
    if (!refused.children.length) {
      if (taken) location.reload();
      return;
    }
    state.value = taken + ' uploaded, ' + refused.children.length + ' not:';
    taken = 0;
  };

  const read = (entry, into) => new Promise((done, failed) => {
    if (entry.isFile) {
      entry.file(file => { into.push([file, entry.fullPath.slice(1)]); done(); }, failed);
      return;
    }
    const reader = entry.createReader();
    const more = () => reader.readEntries(async entries => {
      if (!entries.length) return done();
      for (const inner of entries) await read(inner, into).catch(failed);
      more();
    }, failed);
    more();
  });

  const chosen = input => [...input.files].map(file => [file, file.webkitRelativePath || file.name]);
  for (const input of [files, folder]) {
    input.onchange = () => { send(chosen(input)); form.reset(); };
  }
  form.onsubmit = event => { event.preventDefault(); };

  addEventListener('dragover', event => { event.preventDefault(); form.className = 'over'; });
  addEventListener('dragleave', event => { if (!event.relatedTarget) form.className = ''; });
  addEventListener('drop', async event => {
    event.preventDefault();
    form.className = '';
    const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry());
    const found = [];
    for (const entry of entries) {
      if (entry) await read(entry, found).catch(() => refuse(entry.name, 'it can’t be read'));
    }
    send(found);
  });
})();
