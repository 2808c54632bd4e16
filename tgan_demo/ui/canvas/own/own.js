// A user's own item: sent, sought in the model, shown beside what was found, and loaded.
// value = {part: "asked", asked, note} | {part: "found", made, share, error, squared, state} | {part: "rest"}
// Fires 'seek' {content: base64 | text, name, apart, seconds} and 'stop'.
const $ = (s) => element.querySelector(s);
const MAX_BYTES = 16 * 2 ** 20;
const SIDE = 160;
const SECONDS = 5;
const MOST_KEYS = 12; // of a walk
const SOUND_S = 1.024;
let asked = null;
let made = null;
let last = null; // the newest "found"
let isBusy = false;
let isTyped = false; // whether this model's items are typed
let latest = 0;

async function take() {
  const value = props.value;
  const mine = ++latest;
  if (value?.part === 'asked') {
    asked = await loaded(value.asked);
    made = last = null;
    $('.note').textContent = value.note ?? '';
  } else if (value?.part === 'found') {
    const next = await loaded(value.made);
    if (mine !== latest) return;
    made = next;
    last = value;
    $('progress').value = value.share;
    if (value.share >= 1) rest(true);
  } else if (value?.part === 'rest') rest(false);
  show();
}

const loaded = async (sheet) => ({...sheet, image: await tgan.picture(sheet.src)});

function rest(isDone) {
  isBusy = false;
  enable();
  if (isDone && last) load();
}

// the place that was found, as the sample in view; undo leads back
const load = () => tgan.restore(last.state);

function show() {
  const error = last && tgan.t(last.squared ? 'own.error' : 'own.loss', {error: last.error.toPrecision(3)});
  $('.going span').textContent = error ?? tgan.t('own.busy');
  const list = [
    asked && figure(asked, tgan.t('own.asked')),
    made && figure(made, `${tgan.t('own.made')} ${error ?? ''}`),
  ];
  $('.pair').replaceChildren(...list.filter(Boolean));
  $('.after').hidden = isBusy || !last;
  draw();
}

function figure(sheet, caption) {
  const box = document.createElement('figure');
  const text = document.createElement('figcaption');
  text.textContent = caption;
  box.sheet = sheet;
  if (sheet.texts) {
    const words = document.createElement('div');
    words.className = 'words';
    words.textContent = sheet.texts[0];
    box.append(words);
  } else {
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', caption);
    box.append(canvas);
  }
  box.append(text);
  const sound = (sheet.image.sounds ?? sheet.sounds)?.[0];
  if (sound) {
    const hear = document.createElement('button');
    hear.type = 'button';
    hear.textContent = tgan.t('own.hear');
    hear.addEventListener('click', () => tgan.hear(sound, SOUND_S));
    box.append(hear);
  }
  return box;
}

function draw() {
  for (const box of $('.pair').children) {
    const canvas = box.querySelector('canvas');
    if (!canvas) continue;
    const {sheet} = box;
    const side = Math.max(SIDE, tgan.wholeSize(sheet.w, SIDE));
    const context = tgan.crisp(canvas, side, (side * sheet.h) / sheet.w);
    tgan.smooth(context, sheet.image);
    tgan.put(context, sheet.image, sheet, 0, 0, 0, side, (side * sheet.h) / sheet.w);
  }
}

function seek(what) {
  if (isBusy) return;
  isBusy = true;
  asked = made = last = null;
  $('progress').removeAttribute('value');
  enable();
  show();
  trigger('seek', {...what, apart: $('#own-apart').checked, seconds: SECONDS});
}

async function choose(file) {
  if (!file || isBusy) return;
  if (file.size > MAX_BYTES) return tgan.toast(tgan.t('own.big'), 'bad');
  seek({content: await tgan.base64(file), name: file.name.slice(0, 120)});
}

function enable() {
  $('.going').hidden = !isBusy;
  $('#own-file').disabled = $('#own-go').disabled = isBusy;
  const hero = tgan.hero?.();
  if (hero) isTyped = !!hero.texts;
  $('.typed').hidden = !isTyped;
  $('.file').hidden = isTyped;
}

$('#own-file').addEventListener('change', (event) => {
  const [file] = event.target.files;
  event.target.value = '';
  choose(file);
});
$('#own-go').addEventListener('click', () => {
  const text = $('#own-text').value.trim();
  if (text) seek({text});
  else tgan.toast(tgan.t('own.empty'));
});
$('#own-stop').addEventListener('click', () => {
  trigger('stop');
  rest(true);
  show();
});
$('#own-load').addEventListener('click', load);
$('#own-key').addEventListener('click', () => {
  load();
  addKey(last.state);
  tgan.openTab('walk');
});

// one more key frame of the walk, as ui/walks.py writes it; without a walk that begins with what is in view
function addKey({seed, label, edit}) {
  const [keys, ...settings] = tgan.get('walk-id').split('!');
  if (!keys) return;
  const key = [seed, label ?? '', '', '', edit.replaceAll('~', ',')].join('~');
  tgan.set('walk-id', [[...keys.split('_').slice(0, MOST_KEYS - 1), key].join('_'), ...settings].join('!'));
}
const box = $('.own');
box.addEventListener('dragover', (event) => {
  if (!event.dataTransfer.types.includes('Files')) return;
  event.preventDefault();
  box.classList.add('over');
});
box.addEventListener('dragleave', (event) => {
  if (!box.contains(event.relatedTarget)) box.classList.remove('over');
});
box.addEventListener('drop', (event) => {
  event.preventDefault();
  box.classList.remove('over');
  choose(event.dataTransfer.files[0]);
});
tgan.invert = choose; // of a file that was dropped on the page: drops.js

function words() {
  tgan.words(element);
  enable();
  show();
}
document.addEventListener('tgan:drew', enable);
document.addEventListener('tgan:refused', () => isBusy && (rest(false), show()));
tgan.onTrouble?.(() => isBusy && (rest(false), show()));
words();
take();
watch('value', take);
tgan.onLang(words);
tgan.onLook(draw);
tgan.clock.listen(draw, box);
