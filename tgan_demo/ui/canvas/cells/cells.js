// A table of samples: heads, and a button for each cell, which loads its settings. Sounds are heard and films
// play; texts stand as they are, with the words marked that are not those of the sample in view.
// value = {src, cols, n, w, h, columns, rows, heads, states, texts?, lead?, corner?}; heads are words or plain text.
// A cell whose state is null is looked at only, or empty where `at` says null; feet stand below the last row.
// Of several models {sheets: [{src, cols, w, h, texts?}], at: [[sheet, place], ...]} instead of one's own sheet.
// fixed.asks: fires 'ask' when it is seen and the sample in view is another one than it last asked for.
// fixed.choices: [prefix of their words, names]; one is chosen, asks tell which.
// fixed.marks: a click puts the sample into group A, then B, then out of both (tgan.groups), and asks tell them.
const table = element.querySelector('.cells');
const SOUND_S = 1.024;
const WORDS = 96; // pixels across, at least, of a cell that is read
const ASK_MS = 350; // without another change
let images = []; // of each sheet
let shown = null;
let buttons = [];
let latest = 0;
let asked = '';
let waiting = 0;
let choice = fixed.choices?.[1][0];

// a word of the page with its values, or a name
const told = (text) => (Array.isArray(text) ? tgan.t(...text) : tgan.named(text ?? ''));
const head = (text, kind) => {
  const cell = document.createElement('div');
  cell.className = 'head ' + kind;
  cell.setAttribute('aria-hidden', 'true'); // cells say their heads themselves
  cell.textContent = told(text);
  return cell;
};

async function load() {
  const value = props.value;
  const mine = ++latest;
  table.classList.remove('busy');
  element.querySelector('.lead').textContent = value?.lead ? tgan.t(value.lead, value) : '';
  if (!value?.n) return table.replaceChildren();
  const next = await Promise.all((value.sheets ?? [value]).map((sheet) => tgan.picture(sheet.src)));
  if (mine !== latest) return; // a newer one is on its way
  images = next;
  shown = value;
  build();
}

// the sheet of a cell, its picture, and which of its items
const sheetOf = (i) => {
  const [k, place] = shown.at?.[i] ?? [0, i];
  return {sheet: shown.sheets?.[k] ?? shown, image: images[k], place};
};
const textOf = (i) => sheetOf(i).sheet.texts?.[sheetOf(i).place];

function build() {
  const {columns, n, rows, heads} = shown;
  const hasRows = rows.length > 0;
  table.style.gridTemplateColumns =
    (hasRows ? 'minmax(56px, max-content) ' : '') +
    `repeat(${columns}, minmax(${shown.texts ? WORDS : 0}px, 1fr))`;
  buttons = Array.from({length: n}, (_, i) => cell(i));
  const parts = heads.length
    ? [...(hasRows ? [head(shown.corner ?? '', 'corner')] : []), ...heads.map((one) => head(one, 'top'))]
    : [];
  for (let i = 0; i < n; i++) {
    if (hasRows && i % columns === 0) parts.push(head(rows[i / columns], 'row'));
    parts.push(buttons[i]);
  }
  const {feet = []} = shown;
  if (feet.length && hasRows) parts.push(head('', 'corner'));
  table.replaceChildren(...parts, ...feet.map((one) => head(one, 'foot')));
  draw();
}

function cell(i) {
  if (shown.at && !shown.at[i]) return head('', 'empty');
  const isStill = !shown.states[i];
  const button = document.createElement(isStill ? 'div' : 'button');
  const {columns, rows, heads} = shown;
  const text = textOf(i);
  if (isStill) Object.assign(button, {role: 'img', tabIndex: 0});
  else button.type = 'button';
  button.className = 'cell' + (isStill ? ' still' : '') + (text === undefined ? '' : ' words');
  const where = [rows[Math.floor(i / columns)], heads[i % columns]].filter(Boolean).map(told);
  const foot = shown.feet?.[i % columns];
  const does = isStill ? '' : tgan.t('edit.cell');
  button.setAttribute('aria-label', [does, ...where, foot, text].filter(Boolean).join(' · '));
  button.title = where.join(' · ');
  if (text !== undefined) button.append(...written(text));
  else button.append(document.createElement('canvas'));
  if (!isStill)
    button.addEventListener('click', () => (fixed.marks ? mark(i) : tgan.restore(shown.states[i])));
  button.addEventListener('pointerenter', () => hear(i));
  button.addEventListener('focus', () => hear(i));
  button.addEventListener('keydown', (event) => step(event, i));
  return button;
}

// a text with the words marked that the sample in view does not have
function written(text) {
  const before = tgan.hero?.()?.texts?.[0];
  if (before === undefined) return [text];
  return tgan.changed(text, before).map(([part, isNew]) => {
    if (!isNew) return part;
    const mark = document.createElement('mark');
    mark.textContent = part;
    return mark;
  });
}

const NEXT = {'': 'a', a: 'b', b: ''};
function mark(i) {
  const state = shown.states[i];
  const {image, sheet, place} = sheetOf(i);
  tgan.groups.put(state, NEXT[tgan.groups.group(state)], tgan.groups.picture(image, sheet, place));
}

function hear(i) {
  const {image, sheet, place} = sheetOf(i);
  const sound = (image.sounds ?? sheet.sounds)?.[place];
  if (sound) tgan.hear(sound, SOUND_S).catch(() => {}); // a page that nobody has clicked stays silent
}

function step(event, i) {
  const {columns, n} = shown;
  const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns}[event.key];
  if (!by || i + by < 0 || i + by >= n) return;
  buttons[i + by].focus();
  event.preventDefault();
  event.stopPropagation();
}

function draw() {
  if (!shown) return;
  const now = JSON.stringify(tgan.state);
  buttons.forEach((button, i) => {
    if (!shown.states[i]) return paint(button, i);
    button.setAttribute('aria-current', JSON.stringify(shown.states[i]) === now);
    if (fixed.marks) marked(button, tgan.groups.group(shown.states[i]));
    paint(button, i);
  });
}

function paint(button, i) {
  const canvas = button.querySelector('canvas');
  if (!canvas) return;
  const {sheet, image, place} = sheetOf(i);
  canvas.width = sheet.w;
  canvas.height = sheet.h;
  const context = canvas.getContext('2d');
  tgan.smooth(context, image);
  tgan.put(context, image, sheet, place, 0, 0, sheet.w, sheet.h);
}

function marked(button, group) {
  if (group) button.dataset.group = group;
  else delete button.dataset.group;
  button.setAttribute('aria-pressed', Boolean(group));
}

// -- asking for another sample's ------------------------------------------------------------
function ask() {
  draw();
  if (!fixed.asks || !element.offsetParent || !tgan.state) return;
  // what is to be marked stays while the sample in view is edited
  const now = JSON.stringify(fixed.marks ? [{...tgan.state, edit: ''}, favourites()] : [tgan.state, choice]);
  if (now === asked) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    asked = now;
    table.classList.add('busy');
    trigger('ask', {choice, favourites: fixed.marks ? favourites() : []});
  }, ASK_MS);
}
const favourites = () => {
  const all = tgan.kept('favourites', []);
  return (Array.isArray(all) ? all : [])
    .map((one) => one?.state)
    .filter((state) => state?.model === tgan.state.model);
};
function choose() {
  const [prefix, names] = fixed.choices;
  const buttons = names.map((name) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('role', 'radio');
    button.setAttribute('aria-checked', name === choice);
    button.dataset.name = name;
    button.textContent = tgan.t(`${prefix}.${name}`);
    button.addEventListener('click', () => {
      choice = name;
      choose();
      element.querySelector(`[data-name=${name}]`).focus();
      ask();
    });
    return button;
  });
  element.querySelector('.choices').replaceChildren(...buttons);
  element.querySelector('.choices').setAttribute('aria-label', tgan.t(prefix));
}
if (fixed.choices) {
  choose();
  tgan.onLang(choose);
}
document.addEventListener('tgan:drew', ask);
document.addEventListener('tgan:groups', draw);
document.addEventListener('tgan:refused', () => table.classList.remove('busy'));
if (fixed.asks) new IntersectionObserver(ask).observe(element);
load();
watch('value', load);
tgan.onLang(() => shown && build());
tgan.onLook(draw);
tgan.clock.listen(() => {
  if (images.some((image) => image.frames > 1)) draw();
}, element);
