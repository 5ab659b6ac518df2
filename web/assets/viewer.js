// Puts the bpmn.io viewer in the place of a diagram's picture. Without this script the picture stays.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

const STEP = 60;
const MOVES = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };

for (const figure of document.querySelectorAll('[data-rg-diagram]')) show(figure).catch((error) => restore(figure, error));

async function show(figure) {
  const answer = await fetch(figure.dataset.rgDiagram, { headers: { Accept: 'application/xml, text/xml' } });
  if (!answer.ok) throw new Error(`${answer.status} ${figure.dataset.rgDiagram}`);
  const xml = await answer.text();

  const frame = element('div', 'rg-viewer');
  const container = element('div', 'rg-viewer__canvas');
  frame.append(container);
  const picture = figure.querySelector('.rg-diagram__scroll');
  picture.before(frame);
  picture.hidden = true;

  const viewer = new NavigatedViewer({ container });
  await viewer.importXML(xml);
  const canvas = viewer.get('canvas');
  // The wheel scrolls the page; the diagram is zoomed by its buttons and keys, so that nobody is trapped in it.
  viewer.get('zoomScroll').toggle(false);

  mark(viewer, figure.dataset);
  frame.prepend(tools(canvas, figure.dataset));
  listen(canvas, container, figure.dataset.textCanvas);
  fit(canvas);
  figure.dataset.ready = '';
}

/** Take everything back: the picture says the same. */
function restore(figure, error) {
  figure.querySelector('.rg-viewer')?.remove();
  figure.querySelector('.rg-diagram__scroll').hidden = false;
  console.warn(error);
}

function mark(viewer, data) {
  const canvas = viewer.get('canvas');
  const known = viewer.get('elementRegistry');
  for (const id of JSON.parse(data.passed)) if (known.get(id)) canvas.addMarker(id, 'rg-passed');
  for (const id of JSON.parse(data.active)) if (known.get(id)) canvas.addMarker(id, 'rg-active');
  for (const [id, count] of Object.entries(JSON.parse(data.counts))) {
    if (!known.get(id)) continue;
    const badge = element('div', 'rg-overlay');
    badge.textContent = data.textCount.replace('{count}', count);
    viewer.get('overlays').add(id, { position: { bottom: 10, left: 6 }, html: badge });
  }
}

function tools(canvas, data) {
  const bar = element('div', 'rg-viewer__tools');
  const actions = [
    ['+', data.textIn, () => zoom(canvas, 1.25)],
    ['−', data.textOut, () => zoom(canvas, 0.8)],
    [data.textFit, data.textFit, () => fit(canvas)],
  ];
  for (const [sign, name, act] of actions) {
    const button = element('button');
    button.type = 'button';
    button.textContent = sign;
    if (sign !== name) { button.setAttribute('aria-label', name); button.title = name; }
    button.addEventListener('click', act);
    bar.append(button);
  }
  return bar;
}

function listen(canvas, container, name) {
  const drawing = container.querySelector('svg');
  drawing.setAttribute('tabindex', '0');
  drawing.setAttribute('role', 'img');
  drawing.setAttribute('aria-label', name);
  drawing.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    if (move) canvas.scroll({ dx: move[0], dy: move[1] });
    else if (event.key === '+') zoom(canvas, 1.25);
    else if (event.key === '-') zoom(canvas, 0.8);
    else if (event.key === '0') fit(canvas);
    else return;
    event.preventDefault();
  });
}

function zoom(canvas, factor) {
  canvas.zoom(Math.min(4, Math.max(0.1, canvas.zoom() * factor)), 'auto');
}

/** The whole diagram, but never larger than drawn, and with room for its frame. */
function fit(canvas) {
  canvas.zoom('fit-viewport', 'auto');
  zoom(canvas, 0.94);
}

function element(name, className = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}
