// The Inside tab: an item cut into tokens, and where every layer and head looks from one of them.
// All maps come at once (attention_view.block); choosing a patch, layer or head needs no server.
// Fires 'formula' (the numbers of one row are wanted) and 'fetch' (this row was too much to send).
import {
  CLS,
  $,
  columns,
  count,
  grid,
  onSet,
  ready,
  root,
  rows,
  set,
  shown,
  state,
  t,
  view,
  words,
} from './view.js';
import {current, largest, net, scaleOf} from './maps.js';
import {levelOf, ramp} from './colours.js';
import {canvas, drawPicture, drawn, lay, loadPicture} from './picture.js';
import {drawClip} from './film.js';
import {drawWall, rebuild} from './wall.js';
import {patchName, percent} from './names.js';
import {readout, sentence} from './sentence.js';
import {drawVerdict} from './verdict.js';
import {drawReading} from './reading.js';
import {drawTokens} from './tokens.js';
import {afresh, ask} from './formula.js';
import {arrived, choose} from './upload.js';

// make the state fit what came
function settle() {
  if (state.source === 'uploaded' && !view.value.uploaded) state.source = 'generated';
  const nets = shown()?.nets || {};
  if (!(state.net in nets))
    state.net = Object.keys(nets).includes('g_self') ? 'g_self' : (Object.keys(nets)[0] ?? state.net);
  const n = nets[state.net];
  if (!n) return false;
  if (state.grid !== String(grid())) {
    state.grid = String(grid());
    if (state.token !== CLS) state.token = null;
  }
  if (state.token === null) state.token = tgan.middle(grid());
  if (state.token === CLS && !n.lead) state.token = Math.floor(count() / 2);
  if (state.layer !== null && (state.layer >= n.layers || state.head >= n.heads))
    state.layer = state.head = null;
  if (state.latent !== null && state.net === 'g_cross' && state.latent >= n.keys) state.latent = null;
  return true;
}

let fetching = 0; // since when; the answer is a new value

function draw() {
  const {value} = view;
  $('.busy').textContent = t('inside.busy.upload');
  $('.formula').textContent = t(state.formula ? 'inside.formula.close' : 'inside.formula');
  $('.formula').setAttribute('aria-expanded', state.formula);
  const panel = document.getElementById('inside-formula');
  if (panel) panel.style.display = state.formula ? '' : 'none';
  root.dataset.state = value?.state || 'busy';
  root.classList.toggle('film', value?.generated?.grid.length > 2);
  $('.type').hidden = !value?.typed;
  $('.open').hidden = !!value?.typed;
  $('.tokens').hidden = $('.reading').hidden = true;
  $('.notice').hidden = !value?.notice;
  $('.notice').textContent = value?.notice || '';
  if (!value || value.state !== 'ready' || !settle()) {
    if (value?.state === 'ready') root.dataset.state = 'empty';
    $('.empty').textContent = !value
      ? t('inside.busy')
      : value.message || t(value.state === 'ready' ? 'inside.no_maps' : 'inside.empty');
    return;
  }
  const {nets} = shown();
  const uploaded = state.source === 'uploaded';
  for (const button of root.querySelectorAll('button[data-net]')) {
    button.disabled = !(button.dataset.net in nets);
    button.hidden = button.dataset.net === 'g_cross' && !uploaded && button.disabled;
    button.setAttribute('aria-pressed', button.dataset.net === state.net);
  }
  for (const button of root.querySelectorAll('button[data-source]'))
    button.setAttribute('aria-pressed', button.dataset.source === state.source);
  const why = uploaded ? 'inside.why.uploaded' : 'g_cross' in nets ? '' : 'inside.why.cross';
  $('.what').textContent = t(`inside.net.${state.net}.what`) + (why ? ' ' + t(why) : '');
  root.querySelector('.pick').hidden = state.net !== 'g_cross';
  if (!$('.main').clientWidth) return; // the tab is closed; opening it changes the size and draws
  const map = current();
  state.shared = map ? largest(map) : 1;
  drawPicture(map);
  drawClip(map);
  // this row was not sent
  if (!map) {
    $('.sentence').textContent = t('inside.fetch');
    if (Date.now() - fetching > 10000) {
      fetching = Date.now();
      trigger('fetch', {token: state.token});
    }
    return;
  }
  drawWall(map);
  drawTokens(map);
  drawReading();
  $('.sentence').textContent = sentence(map);
  $('.readout').textContent = readout(map);
  $('.cls').hidden = $('.cls-term').hidden = state.net !== 'd';
  if (state.net === 'd') {
    $('.cls').setAttribute('aria-pressed', state.token === CLS);
    $('.cls i').style.background = `rgb(${ramp('map')[levelOf(map.cls, scaleOf(map))]})`;
    $('.cls span').textContent = `${t('inside.cls')} ${percent(map.cls)} %`;
  }
  canvas.setAttribute(
    'aria-label',
    t('inside.canvas', {steps: grid()[0], rows: rows(), columns: columns(), token: patchName(state.token)}),
  );
  drawVerdict();
  if (state.formula) ask(map);
}

// -- hands --------------------------------------------------------------------------------------
function at(event) {
  const box = canvas.getBoundingClientRect();
  const {places} = drawn;
  const x = (event.clientX - box.left) / box.width;
  const y = (event.clientY - box.top) / box.height;
  return places && places.at(x * places.width, y * places.height);
}

const hover = (i) => {
  if (!ready() || state.hover === i) return;
  state.hover = i;
  const map = current();
  drawPicture(map);
  drawClip(map);
  if (map) $('.readout').textContent = readout(map);
};
canvas.addEventListener('pointermove', (event) => {
  if (ready()) hover(at(event));
});
canvas.addEventListener('pointerleave', () => hover(null));
canvas.addEventListener('click', (event) => {
  const i = ready() ? at(event) : null;
  if (i !== null) set({token: i});
});
canvas.addEventListener('keydown', (event) => {
  const step = tgan.arrow(event.key);
  if (!step || !ready() || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (state.token === CLS) return set({token: 0});
  const to = lay().move(state.token, ...step);
  if (to !== null) set({token: to});
  else if (step[1] < 0 && net().lead) set({token: CLS}); // CLS lies before the first row
});

root.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.net && ready())
    set({
      net: button.dataset.net,
      flow: false,
      layer: null,
      head: null,
      token: button.dataset.net === 'd' && state.net !== 'd' ? CLS : state.token,
    });
  else if (button.dataset.source === 'uploaded' && !view.value?.uploaded && view.value?.typed)
    $('.type input').focus();
  else if (
    (button.dataset.source === 'uploaded' && !view.value?.uploaded) ||
    button.classList.contains('open')
  )
    choose();
  else if (button.dataset.source && ready()) set({source: button.dataset.source});
  else if (button.classList.contains('cls')) set({token: CLS});
  else if (button.classList.contains('strong')) set({layer: null, head: null, flow: false, latent: null});
  else if (button.classList.contains('formula')) {
    afresh();
    set({formula: !state.formula});
    if (state.formula) document.getElementById('inside-formula')?.scrollIntoView({block: 'nearest'});
  }
});
$('.opacity input').addEventListener('input', (event) => set({opacity: event.target.value / 100}));
$('.same input').addEventListener('change', (event) => set({same: event.target.checked}));
$('#inside-layer').addEventListener('change', (event) => set({crossLayer: +event.target.value}));
$('#inside-head').addEventListener('change', (event) => set({crossHead: +event.target.value}));

// -- news ---------------------------------------------------------------------------------------
let latest = 0;

async function take() {
  const next = props.value?.state ? props.value : null;
  const mine = ++latest;
  await Promise.all([next?.generated, next?.uploaded].filter(Boolean).map(({item}) => loadPicture(item)));
  if (mine !== latest) return; // a newer value is on its way
  const before = view.value?.uploaded?.id;
  const whose = String(words());
  fetching = 0;
  view.value = next;
  if (String(words()) !== whose) {
    rebuild();
    tgan.words(element, words());
  }
  if (next?.answers) arrived();
  if (next?.uploaded && next.uploaded.id !== before)
    Object.assign(state, {source: 'uploaded', net: 'd', token: CLS, layer: null, head: null, flow: false});
  draw();
}

tgan.words(element);
onSet(draw);
tgan.onLook(() => {
  if (view.value) draw();
});
tgan.onLang(() => {
  rebuild();
  tgan.words(element, words());
  draw();
});
tgan.watchSize($('.stage'));
take();
watch('value', take);
