// Small comforts. Every page works without them.

document.documentElement.classList.add('rg-js');
document.querySelector('[data-rg-focus]')?.focus();
for (const form of document.querySelectorAll('form[data-rg-guard]')) tend(form);
for (const counter of document.querySelectorAll('[data-rg-counter]')) count(counter);

function tend(form) {
  settle(form);
  form.addEventListener('input', () => settle(form));
  form.addEventListener('change', () => settle(form));
  guard(form);
}

/** Show the fields whose condition holds. What is hidden is disabled, so that it is not sent. */
function settle(form) {
  // A field shown or hidden may decide about the next one: the order of the page is the order of the conditions.
  for (const part of form.querySelectorAll('[data-rg-hide]')) {
    const same = valuesOf(form, part.dataset.rgKey).includes(part.dataset.rgValue);
    const hide = part.dataset.rgHide === 'if' ? same : !same;
    part.hidden = hide;
    for (const field of part.querySelectorAll('input, select, textarea')) {
      field.disabled = field.closest('[data-rg-hide][hidden]') !== null; // also where only a group around it is hidden
    }
  }
}

function valuesOf(form, name) {
  const values = [];
  for (const field of form.elements) {
    if (field.name !== name || field.disabled) continue;
    if (field.type === 'checkbox' && field.value === 'true') values.push(String(field.checked));
    else if (!['checkbox', 'radio'].includes(field.type) || field.checked) values.push(field.value);
  }
  return values;
}

/** Ask before typed text is lost, and save it now and then where the page names an address for it. */
function guard(form) {
  const state = { changed: false, sent: false };
  form.addEventListener('input', () => { state.changed = true; });
  form.addEventListener('submit', () => { state.sent = true; });
  addEventListener('pageshow', () => { state.sent = false; });
  addEventListener('beforeunload', (event) => {
    if (state.changed && !state.sent) event.preventDefault();
  });
  if (!form.dataset.draft) return;

  const EVERY = 20_000;
  setInterval(() => { if (state.changed && !state.sent) save(form, state); }, EVERY);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && state.changed && !state.sent) save(form, state);
  });
}

async function save(form, state) {
  const line = form.querySelector('[data-rg-draft-state]');
  state.changed = false;
  try {
    const answer = await fetch(form.dataset.draft, {
      method: 'POST', body: new FormData(form), redirect: 'manual', keepalive: true, headers: { 'X-Requested-With': 'fetch' },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: 'short' }).format(new Date());
    line.textContent = form.dataset.rgSaved.replace('{time}', time);
  } catch {
    state.changed = true;
    line.textContent = form.dataset.rgUnsaved;
  }
}

/** How many characters are left; said aloud only when it gets tight. */
function count(counter) {
  const field = document.getElementById(counter.dataset.rgCounter);
  const most = Number(counter.dataset.max);
  const tell = () => {
    const left = most - field.value.replaceAll('\r\n', '\n').length;
    counter.textContent = left >= 0 ? counter.dataset.text.replace('{left}', left) : counter.dataset.over.replace('{over}', -left);
    counter.classList.toggle('rg-counter--over', left < 0);
    if (left < most / 10) counter.setAttribute('role', 'status'); else counter.removeAttribute('role');
  };
  field.addEventListener('input', tell);
  tell();
}
