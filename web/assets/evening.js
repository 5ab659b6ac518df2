// The sheet of the evening: entries without reloading, sums while they are typed, keys for names, and a memory
// for entries while the connection is down. Without this script the same forms work one by one.
import { keep, kept, post, send } from './evening_queue.js';

const LOOK_EVERY = 10_000;
const RETRY_EVERY = 5_000;
const main = document.querySelector('main');
let sheet = main.querySelector('[data-rg-sheet]');
let busy = false;

if (sheet) {
  dress();
  main.addEventListener('submit', submitted);
  main.addEventListener('input', (event) => touched(event.target));
  main.addEventListener('change', (event) => touched(event.target));
  main.addEventListener('keydown', pressed);
  main.addEventListener('click', (event) => { if (event.target.dataset.rgRest) rest(event.target); });
  addEventListener('online', flush);
  setInterval(() => { if (kept(sheet.dataset.rgSheet).length) flush(); }, RETRY_EVERY);
  setInterval(look, LOOK_EVERY);
  flush();
}

/** Prepare what has just been drawn: sums, the way of voting, what only a script can do. */
function dress() {
  for (const part of main.querySelectorAll('[data-rg-script]')) part.hidden = false;
  for (const sum of main.querySelectorAll('[data-rg-sum]')) add(sum);
  for (const form of main.querySelectorAll('form[data-rg-entry]')) choose(form);
}

function touched(field) {
  const form = field.closest('form[data-rg-entry]');
  if (!form) return;
  form.dataset.dirty = 'true';
  const sum = field.closest('[data-rg-sum]');
  if (sum) add(sum);
  if (field.name === 'way') choose(form);
}

/** Say whether the numbers add up to those who may vote. The server decides. */
function add(sum) {
  const line = sum.querySelector('[data-rg-sum-state]');
  const fields = [...sum.querySelectorAll('input')];
  const able = Number(sum.dataset.rgSum);
  const left = able - fields.reduce((total, field) => total + (Number(field.value) || 0), 0);
  if (fields.every((field) => field.value === '')) line.textContent = '';
  else if (left > 0) line.textContent = sum.dataset.rgLeft.replace('{left}', left);
  else if (left < 0) line.textContent = sum.dataset.rgOver.replace('{over}', -left);
  else line.textContent = sum.dataset.rgRight.replace('{able}', able);
  line.classList.toggle('rg-counts__state--wrong', left < 0);
}

/** Put everybody who is left into one of the numbers. */
function rest(button) {
  const sum = button.closest('[data-rg-way]').querySelector('[data-rg-sum]');
  const wanted = sum.querySelector(`input[name="${button.dataset.rgRest}"]`);
  const others = [...sum.querySelectorAll('input')].filter((field) => field !== wanted);
  const left = Number(sum.dataset.rgSum) - others.reduce((total, field) => total + (Number(field.value) || 0), 0);
  wanted.value = Math.max(0, left);
  touched(wanted);
  wanted.focus();
}

/** Show what belongs to the chosen way of voting; what is hidden is not sent. */
function choose(form) {
  const way = form.querySelector('input[name="way"]:checked')?.value;
  for (const part of form.querySelectorAll('[data-rg-way]')) {
    part.hidden = way !== undefined && !part.dataset.rgWay.split(' ').includes(way);
    for (const field of part.querySelectorAll('input')) field.disabled = part.hidden;
  }
}

/** In the list of names j, n and e choose and go on; in the list of members the arrows go up and down. */
function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const row = event.target.closest('.rg-named__row');
  if (row) {
    const chosen = row.querySelector(`[data-rg-key="${event.key.toLowerCase()}"]`);
    if (!chosen) return;
    event.preventDefault();
    chosen.checked = true;
    touched(chosen);
    (row.nextElementSibling?.querySelector('input') ?? chosen).focus();
    return;
  }
  const member = event.target.closest('.rg-attendance__row');
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
  if (member && step) {
    event.preventDefault();
    member[step]?.querySelector('button')?.focus();
  }
}

async function submitted(event) {
  const form = event.target;
  if (!form.matches('[data-rg-entry]')) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const after = event.submitter?.dataset.rgNext ?? event.submitter?.id ?? '';
  if (fields.has('zeit') && !fields.get('zeit')) fields.set('zeit', clock());
  const entry = { address: form.action, body: fields.toString() };
  form.elements.entry.value = newId(); // whatever comes next is another entry
  if (busy || kept(sheet.dataset.rgSheet).length) {
    later(entry, event.submitter);
    flush();
    return;
  }
  busy = true;
  const answer = await post(entry);
  busy = false;
  if (answer === null) later(entry, event.submitter);
  else if (answer.status === 401) { later(entry, event.submitter); say('enter'); }
  else await draw(answer, form.id, after);
}

/** Keep an entry on this device and mark its button. */
function later(entry, button) {
  keep(sheet.dataset.rgSheet, entry);
  button?.classList.add('rg-key--kept');
  say('kept');
}

/** Send what was kept, in its order. */
async function flush() {
  const id = sheet.dataset.rgSheet;
  if (busy || !kept(id).length) return;
  busy = true;
  const { answer, state } = await send(id, location.href);
  busy = false;
  if (answer) await draw(answer, '', '');
  say(state);
}

/** Look whether somebody else has entered something, and show it; what is being typed here stays. */
async function look() {
  if (busy || document.visibilityState === 'hidden' || kept(sheet.dataset.rgSheet).length) return;
  try {
    const answer = await fetch(sheet.dataset.rgState, { headers: { Accept: 'application/json' } });
    if (!answer.ok || String((await answer.json()).stand) === sheet.dataset.rgStand || busy) return;
    await draw(await fetch(location.href), '', document.activeElement?.id ?? '');
  } catch { /* the next entry will notice that the connection is gone */ }
}

/** Draw the page that came back in the place of this one. Forms in which somebody was typing keep what was typed. */
async function draw(answer, sentForm, focus) {
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.querySelector('main');
  if (!fresh?.querySelector('[data-rg-sheet]')) { location.reload(); return; }
  const typed = [...main.querySelectorAll('form[data-dirty]')].filter((form) => form.id !== sentForm)
    .map((form) => ({ id: form.id, action: form.action, fields: [...new FormData(form)] }));
  const open = new Set([...main.querySelectorAll('details[id]')].filter((part) => part.open).map((part) => part.id));
  main.replaceChildren(...fresh.childNodes);
  sheet = main.querySelector('[data-rg-sheet]');
  document.title = page.title;
  if (answer.ok) history.replaceState(null, '', answer.url);
  if (sentForm !== 'form-opening') for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  for (const form of typed) refill(form);
  dress();
  say(kept(sheet.dataset.rgSheet).length ? 'kept' : '');
  const wrong = main.querySelector('[data-rg-focus], [role="alert"]');
  (wrong ?? document.getElementById(focus) ?? main.querySelector(location.hash || null))?.focus({ preventScroll: !wrong });
}

function refill({ id, action, fields }) {
  const form = document.getElementById(id);
  if (form?.action !== action) return; // another item is open now
  for (const [name, value] of fields) {
    if (['csrf_token', 'entry'].includes(name)) continue; // the version stays the old one: what changed meanwhile is said
    const field = form.elements[name];
    if (!field) continue;
    if (field instanceof RadioNodeList || !['checkbox', 'radio'].includes(field.type)) field.value = value;
    else field.checked = field.value === value;
  }
  form.dataset.dirty = 'true';
}

/** What stands above the sheet about the connection. */
function say(state) {
  const line = main.querySelector('[data-rg-offline]');
  const count = kept(sheet.dataset.rgSheet).length;
  const text = { kept: line.dataset.rgKept, enter: line.dataset.rgEnter, again: line.dataset.rgAgain, stopped: line.dataset.rgStopped }[state];
  line.hidden = !text || (state === 'stopped' && !count);
  line.textContent = text ? text.replace('{count}', count) : '';
  line.classList.toggle('rg-offline--again', state === 'again');
}

function clock() {
  return new Intl.DateTimeFormat('de-DE', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Berlin' }).format(new Date());
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
