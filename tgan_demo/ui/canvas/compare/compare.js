// Two runs, or two moments of one: the same seeds with one slider between them, curves over one another, what
// differs. server.compare({me, a, b}), server.differ({me, a, b, at_a, at_b}), server.frame({me, run, index}).
// A run that is deleted meanwhile is said.
import {tell} from './table.js';
import {drawCurves, fillCurves} from './lines.js';

const $ = (s) => element.querySelector(s);
const box = $('#compare');
const canvas = $('#compare-pictures');
const wipe = $('#compare-wipe');
const said = $('#compare-said');
const SIDES = ['a', 'b'];
const pick = {a: $('#compare-a'), b: $('#compare-b')};
const at = {a: $('#compare-a-at'), b: $('#compare-b-at')};
const pictures = {a: null, b: null};
const titles = {}; // of runs that were compared, to name one that is gone
let sides = {a: null, b: null};
let differ = [];
let asked = 0;
let told = 0;
const wanted = {a: 0, b: 0};

const runs = () => (tgan.runs ?? []).filter((run) => run.nimg > 0);
const moment = (name) => sides[name]?.at[Number(at[name].value)];
const nimg = (name) => moment(name) ?? 0;

function menus() {
  const rows = runs();
  for (const [i, name] of SIDES.entries()) {
    const before = pick[name].value;
    const ids = rows.map((run) => run.id);
    const title = (run) => `${run.title} · ${tgan.t('train.runs.' + run.state, {place: run.place})}`;
    pick[name].replaceChildren(
      ...rows.map((run) => Object.assign(new Option(title(run), run.id), {selected: run.id === before})),
    );
    if (!ids.includes(before)) pick[name].value = ids[Math.min(i, ids.length - 1)] ?? '';
  }
}

async function load() {
  if (!box.open) return;
  const mine = ++asked;
  const gone = SIDES.filter((name) => sides[name] && !runs().some((run) => run.id === sides[name].id));
  menus();
  const ids = Object.fromEntries(SIDES.map((name) => [name, pick[name].value]));
  const got = await server.compare({me: tgan.me, ...ids});
  if (mine !== asked) return;
  const lost = [
    ...gone.map((name) => sides[name].id),
    ...SIDES.filter((name) => !got[name]).map((n) => ids[n]),
  ];
  tellLost(lost.filter(Boolean));
  const before = sides;
  sides = {a: got.a, b: got.b};
  for (const name of SIDES) {
    const side = sides[name];
    if (side) titles[side.id] = side.title;
    const isNew = before[name]?.id !== side?.id;
    const wasLast = at[name].value === at[name].max;
    at[name].max = Math.max(0, (side?.at.length ?? 0) - 1);
    if (isNew || wasLast) at[name].value = at[name].max;
    // of one run: its first moment beside its last
    if (isNew && name === 'a' && ids.a === ids.b) at.a.value = 0;
  }
  fillCurves(sides);
  await Promise.all([...SIDES.map(show), compareSettings()]);
}

// of the moments that are shown
async function compareSettings() {
  const mine = ++told;
  const [a, b] = SIDES.map((name) => sides[name]?.id);
  const got = await server.differ({me: tgan.me, a, b, at_a: moment('a'), at_b: moment('b')});
  if (mine !== told) return;
  differ = got.rows;
  draw();
}

// stays until another run is chosen
let lost = '';
function tellLost(ids) {
  lost = ids.map((id) => titles[id]).find(Boolean) || lost;
  if (!runs().length) said.textContent = tgan.t('compare.none');
  else if (lost) said.textContent = tgan.t('compare.gone', {title: lost});
  said.hidden = !lost && runs().length > 0;
}

async function show(name) {
  const side = sides[name];
  const mine = ++wanted[name];
  let picture = null;
  if (side?.at.length) {
    const got = await server.frame({me: tgan.me, run: side.id, index: Number(at[name].value)});
    if (mine !== wanted[name]) return;
    if (got.error) {
      load();
      return;
    }
    picture = await tgan.picture(got.frame).catch(() => null);
    if (mine !== wanted[name]) return;
  }
  pictures[name] = picture;
  draw();
}

function draw() {
  if (!box.open) return;
  const words = (name) => (sides[name] ? [tgan.modalityOf(sides[name])] : []);
  for (const name of SIDES) {
    const out = $(`[data-side=${name}] output`);
    out.textContent = sides[name] ? tgan.t('train.seen', {nimg: tgan.whole(nimg(name))}, words(name)) : '';
  }
  drawPictures();
  drawCurves(sides, {a: nimg('a'), b: nimg('b')});
  tell($('#compare-table tbody'), {sides, differ, at: {a: nimg('a'), b: nimg('b')}});
}

// A left of the slider, B right of it, both as large as A
function drawPictures() {
  const first = pictures.a ?? pictures.b;
  canvas.parentElement.hidden = !first;
  if (!first) return;
  const room = Math.min(480, Math.max(200, canvas.parentElement.clientWidth));
  const width = tgan.wholeSize(first.width, room);
  const height = (width * tgan.tall(first)) / first.width;
  const context = tgan.crisp(canvas, width, height);
  wipe.style.width = width + 'px';
  const edge = (width * Number(wipe.value)) / 100;
  for (const [name, left, right] of [
    ['a', 0, edge],
    ['b', edge, width],
  ]) {
    const picture = pictures[name];
    if (!picture || right <= left) continue;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, height);
    context.clip();
    tgan.smooth(context, picture);
    context.drawImage(picture, 0, tgan.top(picture), picture.width, tgan.tall(picture), 0, 0, width, height);
    context.restore();
  }
  context.fillStyle = tgan.css('--tg-accent');
  context.fillRect(Math.round(edge) - 1, 0, 2, height);
  Object.assign(canvas.dataset, {a: nimg('a'), b: nimg('b'), wipe: wipe.value});
  const values = {a: sides.a?.title ?? '–', b: sides.b?.title ?? '–', percent: wipe.value};
  canvas.setAttribute('aria-label', tgan.t('compare.aria', values));
}

for (const name of SIDES) {
  pick[name].addEventListener('change', () => {
    lost = '';
    load();
  });
  at[name].addEventListener('input', () => {
    show(name);
    compareSettings();
  });
}
wipe.addEventListener('input', drawPictures);
const drag = (event) => {
  if (!event.buttons) return;
  const room = canvas.getBoundingClientRect();
  wipe.value = Math.min(100, Math.max(0, (100 * (event.clientX - room.left)) / room.width));
  drawPictures();
};
canvas.addEventListener('pointerdown', drag);
canvas.addEventListener('pointermove', drag);
for (const menu of ['#compare-curve', '#compare-x']) $(menu).addEventListener('change', draw);
box.addEventListener('toggle', load);
document.addEventListener('tgan:runs', load);
const words = () => {
  tgan.words(element);
  if (box.open) {
    menus();
    tellLost([]);
  }
  fillCurves(sides);
  draw();
};
words();
tgan.onLang(words);
tgan.onLook(draw);
tgan.clock.listen(() => {
  if (box.open && SIDES.some((name) => pictures[name]?.frames > 1)) drawPictures();
}, element);
tgan.watchSize(element);
