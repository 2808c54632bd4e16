// Sixteen pads, a generated sound each: click, touch or key plays it; dice or right click asks for another.
// value = {key, model, seed, rate, alone, rows: [names], pads: [{row, name, seed, sound, picture}]}, or {at, pad}:
// one pad's new sound. Fires 'again' {pad, seed} and 'kit' {seeds}.
// tgan.kit is what beat.js plays: {rows, pads, play(i, context, when)}; 'tgan:kit' tells of a new one.
const kit = element.querySelector('.kit');
const grid = element.querySelector('.pads');
const KEYS = [...'QWERTYUIASDFGHJK']; // letters alone: the digits open tabs
const DICE =
  '<svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">' +
  '<rect x="2.5" y="2.5" width="15" height="15" rx="3.5"></rect><circle cx="7" cy="7" r="1.4"></circle>' +
  '<circle cx="13" cy="13" r="1.4"></circle><circle cx="10" cy="10" r="1.4"></circle></svg>';
const still = matchMedia('(prefers-reduced-motion: reduce)');
const name = (text) => tgan.named(text);
let shown = null;
const open = new WeakMap();
kit.dataset.played = 0;

const pads = KEYS.map((key, i) => {
  const pad = document.createElement('div');
  pad.className = 'pad';
  pad.innerHTML =
    '<button type="button" class="face"><span class="screen"><img alt=""><i class="line"></i></span>' +
    `<i class="light"></i><span class="key" data-key="${key}" aria-hidden="true"></span>` +
    '<span class="what"></span></button>' +
    `<button type="button" class="again">${DICE}</button>`;
  const face = pad.querySelector('.face');
  face.addEventListener('pointerdown', (event) => {
    if (event.button === 0) hit(i);
  });
  face.addEventListener('mousedown', (event) => event.preventDefault()); // Space stays with the beat
  face.addEventListener('click', (event) => {
    if (!event.detail) hit(i);
  }); // Enter, or a screen reader
  pad.addEventListener('contextmenu', (event) => {
    event.preventDefault();
    again(i);
  });
  pad.querySelector('.again').addEventListener('click', () => again(i));
  grid.append(pad);
  return pad;
});

function take() {
  const value = props.value;
  if (value?.pad) {
    if (!shown || value.model !== shown.model) return;
    shown.pads[value.at] = ready(value.pad, shown.rate);
    pads[value.at].classList.remove('busy');
    draw();
    if (kit.checkVisibility()) hit(value.at);
  } else if (value?.pads && value.key !== shown?.key) {
    // the same again would undo the dice
    shown = {...value, pads: value.pads.map((pad) => ready(pad, value.rate))};
    pads.forEach((pad) => pad.classList.remove('busy'));
    draw();
  } else return;
  tgan.kit = {
    model: shown.model,
    rows: shown.rows,
    name,
    pads: shown.pads.map((pad, i) => ({...pad, key: KEYS[i]})),
    play,
    hear: hit,
  };
  kit.dataset.drawn = shown.pads.map((pad) => pad.seed).join('_');
  document.dispatchEvent(new Event('tgan:kit'));
}

const ready = (pad, rate) => ({...pad, buffer: tgan.sound.buffer(pad.sound, rate)});

function draw() {
  tgan.words(element);
  if (!shown) return;
  element.querySelector('.name').textContent = tgan.t('sound.kit', shown);
  element.querySelector('.hint').textContent = [
    tgan.t('sound.kit.hint'),
    shown.alone ? tgan.t('sound.kit.hint.alone') : '',
  ].join(' ');
  shown.pads.forEach((pad, i) => {
    const face = pads[i].querySelector('.face');
    const again = pads[i].querySelector('.again');
    tgan.url(pad.picture).then((url) => {
      face.querySelector('img').src = url;
    });
    face.querySelector('.what').textContent = name(pad.name);
    face.setAttribute(
      'aria-label',
      tgan.t('sound.pad', {name: name(pad.name), seed: pad.seed, key: KEYS[i]}),
    );
    again.title = tgan.t('sound.pad.again', {name: name(pad.name)});
    again.setAttribute('aria-label', again.title);
  });
}

// Plays a pad into a context at a time of its clock. A closed hat ends an open one, as on the real thing.
function play(i, context, when = 0) {
  const pad = shown?.pads[i];
  if (!pad) return;
  const source = new AudioBufferSourceNode(context, {buffer: pad.buffer});
  const gain = new GainNode(context);
  const before = open.get(context);
  if (pad.name.endsWith(' hat')) {
    before?.gain.setTargetAtTime(0, when || context.currentTime, 0.012);
    open.set(context, gain);
  }
  source.connect(gain).connect(tgan.sound.out(context));
  source.start(when);
}

function hit(i) {
  if (!shown) return;
  const context = tgan.sound.context();
  play(i, context);
  kit.dataset.played = 1 + Number(kit.dataset.played);
  kit.dataset.last = i;
  flash(i);
}

function flash(i) {
  const pad = pads[i];
  if (still.matches) return;
  pad.querySelector('.light').animate([{opacity: 1}, {opacity: 0}], {duration: 420, easing: 'ease-out'});
  pad.querySelector('.line').animate(
    [
      {left: 0, opacity: 0.8},
      {left: '100%', opacity: 0.8},
    ],
    shown.pads[i].buffer.duration * 1000,
  );
  pad.classList.add('down');
  setTimeout(() => pad.classList.remove('down'), 70);
}

function again(i) {
  if (!shown) return;
  pads[i].classList.add('busy');
  setTimeout(() => pads[i].classList.remove('busy'), 9000); // an error is told elsewhere
  trigger('again', {pad: i, seed: Math.floor(Math.random() * 1e6)});
}

element.querySelector('#kit-new').addEventListener('click', () => tgan.dice());
element.querySelector('#kit-save').addEventListener('click', () => {
  if (shown) trigger('kit', {seeds: shown.pads.map((pad) => pad.seed)});
});
document.addEventListener('tgan:beat', (event) => flash(event.detail));
// Before the page's own keys, which would draw a seed or undo. By place, whatever the layout's letters.
const keys = (event) => {
  if (!element.isConnected) return window.removeEventListener('keydown', keys, true);
  if (!kit.checkVisibility() || event.shiftKey || tgan.isTyping(event)) return;
  const i = KEYS.indexOf(event.code.replace(/^Key/, ''));
  if (i < 0) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat) hit(i);
};
window.addEventListener('keydown', keys, true);
take();
watch('value', take);
tgan.onLang(draw);
