// Entries that could not be sent yet: kept in this browser, sent in their order, each under the id it was given first.

const GONE = [502, 503, 504];

/** What is kept for one meeting, oldest first. */
export function kept(meeting) {
  return JSON.parse(localStorage.getItem(place(meeting)) ?? '[]');
}

/** Keep one entry. */
export function keep(meeting, entry) {
  store(meeting, [...kept(meeting), entry]);
}

/** Send one entry; null if nobody answered. */
export async function post({ address, body }) {
  try {
    const answer = await fetch(address, {
      method: 'POST', body, headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' },
    });
    return GONE.includes(answer.status) ? null : answer;
  } catch {
    return null;
  }
}

/** Send what is kept until one is not taken. Returns the last answer to draw, and how it went. */
export async function send(meeting, page) {
  const token = await tokenOf(page);
  if (token === null) return { answer: null, state: 'kept' };
  if (token === '') return { answer: null, state: 'enter' };
  let answer = null;
  while (kept(meeting).length) {
    const [first, ...others] = kept(meeting);
    const fields = new URLSearchParams(first.body);
    fields.set('csrf_token', token); // the session may be another one by now
    const reply = await post({ address: first.address, body: fields.toString() });
    if (reply === null) return { answer, state: 'kept' };
    if (reply.status === 401) return { answer, state: 'enter' };
    answer = reply;
    store(meeting, others); // taken, or refused: then the page that comes back holds what was typed
    if (!reply.ok) return { answer, state: 'stopped' };
  }
  return { answer, state: 'again' };
}

/** The token of a fresh page: null without a connection, '' for whoever is not signed in. */
async function tokenOf(page) {
  try {
    const answer = await fetch(page);
    if (GONE.includes(answer.status)) return null;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return fresh.querySelector('[data-rg-sheet]') ? fresh.querySelector('input[name="csrf_token"]').value : '';
  } catch {
    return null;
  }
}

function store(meeting, entries) {
  if (entries.length) localStorage.setItem(place(meeting), JSON.stringify(entries));
  else localStorage.removeItem(place(meeting));
}

function place(meeting) {
  return `abend:${meeting}`;
}
