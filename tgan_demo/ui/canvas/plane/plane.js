// A pad: any point of it is a sample, drawn while the pointer moves; a click or Enter loads it, a drawn line is
// played and saved. server.point, map, thumbs and path answer {me, state, plane, ...}; while one is on its way,
// only the newest point is remembered. Fires 'save' {plane, line, frames, kind}.
import {followView, cornerStates, buildCorners, showCorners, told, faces} from './corners.js';
import {drawPad, dots, nearest} from './pad.js';
import {show, hearNow, playFrames, stopFrames} from './picture.js';

const $ = (s) => element.querySelector(s);
const pad = $('.pad');
const thumb = $('.thumb');
const said = $('.said');
const slider = $('.frames');
const REST_MS = 220; // without another point
const STEP = 0.02; // of an arrow key; a fifth of it with Shift
const CLICK_PX = 5; // moved less while pressed: no line
const LINE_PX = 3; // between two points of a drawn line
let kind = 'corners';
let at = [0.5, 0.5];
let line = [];
let answered = null; // what the server said of the newest point
let wanted = null;
let asking = false;
let loading = false;
let resting = 0;
let pressed = null;
let asked = ''; // the state whose plane is shown
let map = null; // {key, at, labels, classes}
let sheets = new Map(); // small pictures of the map's seeds, THUMBS a sheet
let fetching = false;

const plane = () => (kind === 'corners' ? {corners: cornerStates()} : {by: kind});
const call = (name, more = {}) => server[name]({me: tgan.me, state: tgan.state, plane: plane(), ...more});
const isSeen = () => element.offsetParent && tgan.state;
const tell = (text, bad = false) => {
  said.textContent = text;
  said.classList.toggle('bad', bad);
};

// -- points: the newest wins ------------------------------------------------------------------
async function look(still) {
  wanted = {at: [...at], still};
  if (asking || !isSeen()) return;
  asking = true;
  try {
    while (wanted) {
      const now = wanted;
      wanted = null;
      const answer = await call('point', now);
      if (answer.error) {
        tell(answer.error, true);
        continue;
      }
      answered = answer;
      await show(answer);
      pad.dataset.point = JSON.stringify(answer.at);
      pad.dataset.answers = 1 + Number(pad.dataset.answers || 0);
      sayWhere();
      if (now.still && !wanted) hearNow();
    }
  } finally {
    asking = false;
  }
  if (loading) load();
}

function sayWhere() {
  const [x, y] = answered.at.map((one) => Math.round(100 * one));
  const word = answered.state
    ? kind === 'corners'
      ? 'edit.plane.at'
      : 'edit.plane.near'
    : 'edit.plane.long';
  tell(tgan.t(word, {x, y, seed: answered.seed}));
  pad.setAttribute('aria-label', tgan.t('edit.plane.aria', {x, y}));
}

function move(x, y) {
  at = [x, y].map((one) => Math.min(1, Math.max(0, one)));
  stopFrames();
  look(false);
  clearTimeout(resting);
  resting = setTimeout(() => {
    if (answered?.dear) look(true);
  }, REST_MS);
  draw();
}

// loads the point that is shown; one that is still on its way first arrives
function load() {
  loading = asking || JSON.stringify(answered?.at) !== JSON.stringify(at);
  if (loading) return look(false);
  if (!answered?.state) return;
  followView(answered.state);
  tgan.restore(answered.state);
  tgan.toast(tgan.t('edit.plane.loaded'));
}

// -- pointer and keys -------------------------------------------------------------------------
const where = (event) => {
  const box = pad.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
};
pad.addEventListener('pointerdown', (event) => {
  if (event.button) return;
  pressed = {x: event.clientX, y: event.clientY, points: [where(event)]};
  pad.setPointerCapture(event.pointerId);
});
pad.addEventListener('pointermove', (event) => {
  const [x, y] = where(event);
  if (pressed) {
    const far = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
    if (!pressed.drawing && far < CLICK_PX) return;
    if (!pressed.drawing || far >= LINE_PX) {
      pressed.drawing = true;
      [pressed.x, pressed.y] = [event.clientX, event.clientY];
      if (pressed.points.length < fixed.most) pressed.points.push([x, y]);
      setLine(pressed.points);
    }
  }
  move(x, y);
  hover();
});
pad.addEventListener('pointerup', (event) => {
  if (!pressed) return;
  const {drawing} = pressed;
  pressed = null;
  if (drawing) return;
  move(...where(event));
  load();
});
pad.addEventListener('pointercancel', () => (pressed = null));
pad.addEventListener('pointerleave', () => (thumb.hidden = true));
pad.addEventListener('keydown', (event) => {
  const by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  const step = STEP * (event.shiftKey ? 0.2 : 1);
  if (by) {
    move(at[0] + step * by[0], at[1] + step * by[1]);
    hover();
  } else if (event.key === 'Enter') load();
  else return;
  event.preventDefault();
  event.stopPropagation();
});
$('.load').addEventListener('click', load);

// -- the map ----------------------------------------------------------------------------------
async function fetchMap() {
  const {model, label, psi, temperature} = tgan.state;
  const key = JSON.stringify([model, label, psi, temperature, kind]);
  if (map?.key === key) return;
  map = null;
  sheets = new Map();
  draw();
  tell(tgan.t(kind === 'encoder' ? 'edit.plane.drawing' : 'edit.plane.wait'));
  const mine = kind;
  const answer = await call('map');
  if (mine !== kind) return;
  if (answer.error) return tell(answer.error, true);
  offer(answer.kinds);
  if (answer.at) map = {...answer, key, at: dots(answer.at)};
}

function offer(kinds) {
  $('[data-kind=encoder]').hidden = !kinds.includes('encoder');
}

// the small picture of the seed that lies nearest
async function hover() {
  if (kind === 'corners' || !map) return (thumb.hidden = true);
  const seed = nearest(map.at, at);
  const number = Math.floor(seed / fixed.thumbs);
  if (!sheets.has(number)) {
    thumb.hidden = true;
    if (fetching) return;
    fetching = true;
    const [of, value] = [sheets, await call('thumbs', {sheet: number})];
    fetching = false;
    if (value.error || of !== sheets) return;
    sheets.set(number, {value, image: await tgan.picture(value.src)});
    return hover();
  }
  const {value, image: sheet} = sheets.get(number);
  thumb.width = value.w;
  thumb.height = value.h;
  const context = thumb.getContext('2d');
  tgan.smooth(context, sheet);
  tgan.put(context, sheet, value, seed % fixed.thumbs, 0, 0, value.w, value.h);
  const side = pad.clientWidth;
  thumb.style.left = Math.min(side - 60, Math.max(4, at[0] * side + 12)) + 'px';
  thumb.style.top = Math.max(4, at[1] * side - 68) + 'px';
  thumb.dataset.seed = seed;
  thumb.hidden = !pad.matches(':hover, :focus-visible');
}

// -- a drawn line -----------------------------------------------------------------------------
function setLine(points) {
  line = points;
  for (const button of [$('.play'), $('.clear')]) button.disabled = line.length < 2;
  $('.saves').hidden = line.length < 2 || !$('.saves').childElementCount;
  if (line.length < 2) stopFrames();
  draw();
}

const drawn = () => ({plane: plane(), line, frames: Number(slider.value)});

$('.play').addEventListener('click', async () => {
  if (stopFrames()) return;
  tell(tgan.t('walk.drawing', {n: slider.value}));
  const answer = await call('path', drawn());
  if (answer.error) return tell(answer.error, true);
  tell('');
  $('.saves').replaceChildren(...answer.kinds.map(saveButton));
  $('.saves').hidden = false;
  await playFrames(answer, () => $('.play').setAttribute('aria-pressed', false));
  $('.play').setAttribute('aria-pressed', true);
});
$('.clear').addEventListener('click', () => setLine([]));
slider.addEventListener('input', () => ($('output').textContent = slider.value));

function saveButton(name) {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.save = name;
  button.textContent = tgan.t('walk.' + name);
  button.addEventListener('click', () => trigger('save', {...drawn(), kind: name}));
  return button;
}

// -- what is seen -----------------------------------------------------------------------------
function draw() {
  pad.dataset.seeds = kind !== 'corners' && map ? map.at.length / 2 : 0;
  drawPad(pad, {at, line, map: kind === 'corners' ? null : map, corners: kind === 'corners' ? faces : null});
}

async function refresh() {
  draw();
  if (!isSeen()) return;
  followView();
  const now = JSON.stringify([tgan.state.model, kind, kind === 'corners' ? cornerStates() : tgan.state]);
  if (now === asked) return;
  asked = now;
  if (kind === 'corners') {
    showCorners((place) => call('point', {at: place}), draw);
    call('map').then(({kinds}) => kinds && offer(kinds));
  } else await fetchMap();
  draw();
  look(true);
}

element.querySelectorAll('[data-kind]').forEach((button) =>
  button.addEventListener('click', () => {
    kind = button.dataset.kind;
    element
      .querySelectorAll('[data-kind]')
      .forEach((one) => one.setAttribute('aria-pressed', one.dataset.kind === kind));
    setLine([]);
    words();
    refresh();
  }),
);

function words() {
  tgan.words(element);
  $('.lead').textContent = tgan.t(kind === 'corners' ? 'edit.plane.lead' : 'edit.plane.lead.map');
  $('.corners').hidden = kind !== 'corners';
  buildCorners();
}

Object.assign(slider, {min: fixed.frames[0], max: fixed.frames[1], value: fixed.frames[2]});
$('output').textContent = slider.value;
document.addEventListener('tgan:drew', refresh);
told.changed = refresh;
told.go = (i) => {
  move(i % 2, Math.floor(i / 2));
  pad.focus();
};
new IntersectionObserver(refresh).observe(element);
words();
tgan.onLang(words);
tgan.onLook(draw);
tgan.watchSize(element);
