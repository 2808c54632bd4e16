// The four corners of the pad: the sample in view and three others, by a typed seed, dice or a favourite.
const box = element.querySelector('.corners');
const MOST = 1e6; // of a seed by dice
let own = []; // a corner each: {state}, or {seed} with the first one's other settings
let model = '';
let isPinned = false; // the first corner was chosen; else it is the sample in view
const loadedHere = new Set(); // states that the pad itself loaded
let boxes = [];
export const told = {changed: () => {}, go: () => {}};
export const faces = [{}, {}, {}, {}]; // {picture} or {text}

const fresh = () => {
  model = tgan.state.model;
  isPinned = false;
  loadedHere.clear();
  own = [{state: tgan.state}, ...[1, 2, 3].map((by) => ({seed: tgan.state.seed + by}))];
};

// the first corner goes with the sample in view, unless the pad itself has put that there
export function followView(loaded) {
  if (loaded) loadedHere.add(JSON.stringify(loaded));
  else if (tgan.state.model !== model) fresh();
  else if (!isPinned && !loadedHere.has(JSON.stringify(tgan.state))) own[0] = {state: tgan.state};
}

const stateOf = ({state, seed}) => state ?? {...own[0].state, seed, variation: 0, edit: ''};
export const cornerStates = () => own.map(stateOf);

function choose(i, corner) {
  if (i === 0) {
    isPinned = corner.state !== tgan.state;
    corner = {state: stateOf(corner)};
  }
  own[i] = corner;
  told.changed();
}

const button = (className, text, label, click) => {
  const made = document.createElement('button');
  Object.assign(made, {type: 'button', className, textContent: text});
  made.setAttribute('aria-label', label);
  made.addEventListener('click', click);
  return made;
};

function corner(i) {
  const row = document.createElement('div');
  const seed = document.createElement('input');
  const menu = document.createElement('select');
  const name = tgan.t('edit.plane.corner.' + i);
  row.className = 'corner';
  row.setAttribute('role', 'group');
  row.setAttribute('aria-label', name);
  Object.assign(seed, {type: 'number', min: 0, step: 1});
  seed.setAttribute('aria-label', `${name} · ${tgan.t('seed')}`);
  seed.addEventListener('change', () => {
    const number = Math.floor(Number(seed.value));
    if (seed.value !== '' && number >= 0 && number <= Number.MAX_SAFE_INTEGER) choose(i, {seed: number});
    else fill();
  });
  menu.setAttribute('aria-label', `${name} · ${tgan.t('edit.plane.from')}`);
  menu.addEventListener('focus', () => options(menu));
  menu.addEventListener('change', () => {
    const picked = menu.value === 'view' ? tgan.state : favourites()[Number(menu.value)]?.state;
    if (picked) choose(i, {state: picked});
  });
  options(menu);
  const go = button('go', '', tgan.t('edit.plane.go', {name}), () => told.go(i));
  const dice = button('dice', '', `${name} · ${tgan.t('edit.plane.dice')}`, () =>
    choose(i, {seed: Math.floor(Math.random() * MOST)}),
  );
  dice.append(element.querySelector('.die').content.cloneNode(true));
  row.append(go, seed, dice, menu);
  return {row, go, seed, menu};
}

const favourites = () => {
  const all = tgan.kept('favourites', []);
  return Array.isArray(all) ? all.filter((one) => one?.state?.model === tgan.state?.model) : [];
};

function options(menu) {
  const named = favourites().map(({state}, i) => new Option(`★ ${tgan.t('seed')} ${state.seed}`, i));
  menu.replaceChildren(
    new Option(tgan.t('edit.plane.from'), ''),
    new Option(tgan.t('edit.plane.view'), 'view'),
    ...named,
  );
}

function fill() {
  cornerStates().forEach((state, i) => {
    boxes[i].seed.value = state.seed;
    boxes[i].menu.value = '';
  });
}

export function buildCorners() {
  boxes = [0, 1, 2, 3].map(corner);
  box.replaceChildren(...boxes.map(({row}) => row));
  if (own.length) {
    fill();
    faces.forEach(face);
  }
}

let latest = 0;
// small pictures of all four; `draw` is told of each
export async function showCorners(ask, draw) {
  const mine = ++latest;
  fill();
  for (let i = 0; i < 4; i++) {
    const answer = await ask([i % 2, Math.floor(i / 2)]);
    if (mine !== latest) return;
    if (answer.error) continue;
    faces[i] = answer.texts
      ? {text: answer.texts[0]}
      : {picture: tgan.small(await tgan.picture(answer.src), answer)};
    face(faces[i], i);
    draw();
  }
}

function face({picture, text}, i) {
  const {go} = boxes[i];
  go.classList.toggle('words', !!text);
  if (picture) go.replaceChildren(picture);
  else go.textContent = text ?? '';
}
