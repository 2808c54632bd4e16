// Characters (down) in motions (across), every one playing. A seed, a class, a dice and a lock for each.
// value = {part: "page", model, seed, psi, contents: [names], motions: [names]}
//   | {part: "mixed", src, cols, n, w, h, frames} | {part: "stop"}: an error, told elsewhere.
// Fires 'mix' {rows: [{seed, kind}], cols}. tgan.motion = {rows(), row, col} is the cell that was chosen;
// 'tgan:motion' tells of another.
const mix = element.querySelector('.mix');
const grid = element.querySelector('.grid');
const ROWS = 3;
const COLUMNS = 4;
const LARGEST = 160;
const DICE =
  '<svg viewBox="0 0 20 20" aria-hidden="true">' +
  '<rect x="2.5" y="2.5" width="15" height="15" rx="3.5"></rect><circle cx="7" cy="7" r="1.4"></circle>' +
  '<circle cx="13" cy="13" r="1.4"></circle><circle cx="10" cy="10" r="1.4"></circle></svg>';
const LOCK =
  '<svg viewBox="0 0 20 20" aria-hidden="true"><rect x="4" y="9" width="12" height="8.5" rx="2"></rect>' +
  '<path class="shackle" d="M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9"></path>' +
  '<path class="shackle-open" d="M6.5 9V6.5a3.5 3.5 0 0 1 6.6-1.6"></path></svg>';
let page = null;
let shown = null;
let image = null;
let rows = [];
let cols = [];
let chosen = [0, 0];
let asking = false;
let again = false;
let latest = 0;

async function take() {
  const value = props.value;
  if (value?.part === 'page') {
    const isNew = page?.model !== value.model;
    const isOther = page?.seed !== value.seed;
    const isBolder = page?.psi !== value.psi;
    page = value;
    if (isNew) {
      begin();
      ask();
    } else if (isOther) {
      reseed(
        (i) => page.seed + i,
        (i) => page.seed + (page.motions.length ? 0 : i),
      );
      ask();
    } else if (isBolder) ask();
  } else if (value?.part === 'mixed') {
    const mine = ++latest;
    const next = await tgan.picture(value.src);
    if (mine !== latest) return;
    if (value.model === page?.model) {
      image = next;
      shown = value;
      draw();
      grid.dataset.drawn = [...rows, ...cols]
        .map((one) => one.seed + (one.kind === null ? '' : ':' + one.kind))
        .join('_');
    }
    rest();
  } else if (value?.part === 'stop') rest();
}

// As many places as there are classes, up to `most`; of more classes, some from all over.
const spread = (names, count, i) =>
  names.length ? Math.floor((i * names.length) / Math.min(count, names.length)) % names.length : null;

function begin() {
  const wide = page.motions.length >= 2 && page.motions.length < COLUMNS ? page.motions.length : COLUMNS;
  rows = [...Array(ROWS)].map((_, i) => ({
    seed: page.seed + i,
    kind: spread(page.contents, ROWS, i),
    locked: false,
  }));
  cols = [...Array(wide)].map((_, i) => ({
    seed: page.seed + (page.motions.length ? 0 : i),
    kind: spread(page.motions, wide, i),
    locked: false,
  }));
  chosen = [0, 0];
  image = shown = null;
  build();
}

function reseed(row, col) {
  rows.forEach((one, i) => {
    if (!one.locked && row) one.seed = row(i);
  });
  cols.forEach((one, i) => {
    if (!one.locked && col) one.seed = col(i);
  });
  fill();
}

const dice = () => Math.floor(Math.random() * 1e6);
const plain = ({seed, kind}) => ({seed, kind});

function ask() {
  tell();
  if (asking) {
    again = true;
    return;
  } // newest wins: what is asked meanwhile is asked once, at the end
  asking = true;
  mix.classList.add('busy');
  trigger('mix', {rows: rows.map(plain), cols: cols.map(plain)});
}

function rest() {
  asking = false;
  mix.classList.remove('busy');
  if (again) {
    again = false;
    ask();
  }
}

function tell() {
  tgan.motion = {
    model: page.model,
    psi: page.psi,
    rows: rows.map(plain),
    row: plain(rows[chosen[0]]),
    col: plain(cols[chosen[1]]),
  };
  document.dispatchEvent(new Event('tgan:motion'));
}

function choose(r, c) {
  chosen = [r, c];
  fill();
  tell();
}

// -- the margins and cells ---------------------------------------------------------------------------
function margin(kind, i) {
  const one = () => (kind === 'row' ? rows : cols)[i];
  const names = kind === 'row' ? page.contents : page.motions;
  const box = document.createElement('div');
  const input = document.createElement('input');
  const tools = document.createElement('div');
  box.className = 'margin ' + kind;
  if (names.length) {
    const label = document.createElement('label');
    const select = document.createElement('select'); // long names wrap on the label
    label.className = 'kind';
    label.append(document.createElement('span'), select);
    select.append(...names.map((name, k) => new Option(tgan.named(name), k)));
    select.addEventListener('change', () => {
      one().kind = Number(select.value);
      fill();
      ask();
    });
    box.append(label);
  }
  input.type = 'number';
  input.min = 0;
  input.step = 1;
  input.inputMode = 'numeric';
  input.addEventListener('change', () => {
    const seed = Math.floor(Number(input.value));
    if (Number.isFinite(seed) && seed >= 0) {
      one().seed = seed;
      ask();
    }
    fill();
  });
  tools.className = 'tools';
  const button = (icon, act) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.innerHTML = icon;
    made.addEventListener('click', act);
    tools.append(made);
    return made;
  };
  button(DICE, () => {
    one().seed = dice();
    fill();
    ask();
  }).className = 'new';
  button(LOCK, () => {
    one().locked = !one().locked;
    fill();
  }).className = 'lock';
  box.append(input, tools);
  return box;
}

function build() {
  const corner = document.createElement('div');
  corner.className = 'corner';
  grid.style.gridTemplateColumns = `minmax(0, var(--margin)) repeat(${cols.length}, minmax(0, ${LARGEST}px))`;
  grid.replaceChildren(
    corner,
    ...cols.map((_, c) => margin('col', c)),
    ...rows.flatMap((_, r) => [
      margin('row', r),
      ...cols.map((_, c) => {
        const cell = document.createElement('button');
        const canvas = document.createElement('canvas');
        cell.type = 'button';
        cell.className = 'cell';
        cell.dataset.row = r;
        cell.dataset.col = c;
        cell.append(canvas);
        cell.addEventListener('click', () => choose(r, c));
        return cell;
      }),
    ]),
  );
  fill();
  draw();
}

// values and words of what `build` made
function fill() {
  tgan.words(element);
  if (!page) return;
  grid.querySelector('.corner').textContent = tgan.t('mix.corner');
  for (const [kind, all] of [
    ['row', rows],
    ['col', cols],
  ])
    grid.querySelectorAll('.margin.' + kind).forEach((box, i) => {
      const input = box.querySelector('input');
      const select = box.querySelector('select');
      const one = all[i];
      const values = {i: i + 1};
      input.value = one.seed;
      input.setAttribute('aria-label', tgan.t(`mix.${kind}.seed`, values));
      if (select) {
        const names = kind === 'row' ? page.contents : page.motions;
        for (const option of select.options) option.text = tgan.named(names[option.value]);
        select.value = one.kind;
        select.previousSibling.textContent = select.selectedOptions[0].text;
        select.setAttribute('aria-label', tgan.t(`mix.${kind}.kind`, values));
      }
      const fresh = box.querySelector('.new');
      const lock = box.querySelector('.lock');
      fresh.title = tgan.t(`mix.${kind}.new`, values);
      lock.title = tgan.t(one.locked ? 'mix.unlock' : 'mix.lock', values);
      lock.setAttribute('aria-pressed', one.locked);
      for (const node of [fresh, lock])
        node.setAttribute('aria-label', `${node.title} (${tgan.t(`mix.${kind}`, values)})`);
    });
  const name = (one, names) =>
    [tgan.named(names[one.kind]), tgan.t('seed') + ' ' + one.seed].filter(Boolean).join(', ');
  grid.querySelectorAll('.cell').forEach((cell) => {
    const r = Number(cell.dataset.row);
    const c = Number(cell.dataset.col);
    const isChosen = chosen[0] === r && chosen[1] === c;
    cell.setAttribute('aria-pressed', isChosen);
    cell.tabIndex = isChosen ? 0 : -1;
    cell.setAttribute(
      'aria-label',
      tgan.t('mix.cell', {content: name(rows[r], page.contents), motion: name(cols[c], page.motions)}),
    );
  });
}

function draw() {
  if (!page) return;
  const room =
    (mix.clientWidth - (mix.clientWidth < 600 ? 76 : 112) - cols.length * (mix.clientWidth < 600 ? 6 : 8)) /
    cols.length;
  const w = shown?.w ?? 32;
  const h = shown?.h ?? 32;
  const side = tgan.wholeSize(w, Math.max(40, Math.min(LARGEST, room)));
  if (image) grid.dataset.frame = tgan.clock.frame(image.frames);
  grid.querySelectorAll('.cell').forEach((cell) => {
    const context = tgan.crisp(cell.firstChild, side, (side * h) / w);
    if (image)
      tgan.put(
        context,
        image,
        shown,
        cell.dataset.row * shown.cols + Number(cell.dataset.col),
        0,
        0,
        side,
        (side * h) / w,
      );
  });
}

grid.addEventListener('keydown', (event) => {
  const cell = event.target.closest('.cell');
  const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
  if (!cell || !step) return;
  const r = Number(cell.dataset.row) + step[0];
  const c = Number(cell.dataset.col) + step[1];
  grid.querySelector(`.cell[data-row="${r}"][data-col="${c}"]`)?.focus();
  event.preventDefault();
  event.stopPropagation();
});
element.querySelector('#mix-contents').addEventListener('click', () => {
  if (page) {
    reseed(dice, null);
    ask();
  }
});
element.querySelector('#mix-motions').addEventListener('click', () => {
  if (page) {
    reseed(null, dice);
    ask();
  }
});
fill();
take();
watch('value', take);
tgan.onLang(fill);
tgan.onLook(draw);
tgan.watchSize(mix);
tgan.clock.listen(() => {
  if (image) draw();
}, mix);
