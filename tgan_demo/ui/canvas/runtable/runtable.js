// All runs as a table, sorted by the server: server.table_of({me, by, down}). Fires 'show' ({id}),
// 'export' ({id, kind}).
const $ = (s) => element.querySelector(s);
const box = $('#runtable');
const COLUMNS = ['title', 'modality', 'state', 'created', 'nimg', 'seconds'];
const KINDS = ['csv', 'png', 'html'];
let by = 'created';
let down = true;
let rows = [];
let asked = 0;

const node = (kind, text, more = {}) =>
  Object.assign(document.createElement(kind), {textContent: text, ...more});
const button = (text, act) => {
  const made = node('button', text, {type: 'button'});
  made.addEventListener('click', act);
  return made;
};

async function load() {
  if (!box.open) return;
  const mine = ++asked;
  const got = await server.table_of({me: tgan.me, by, down});
  if (mine !== asked || got.error) return;
  rows = got.rows;
  draw();
}

function head(column, text) {
  const cell = node('th', '', {scope: 'col'});
  cell.dataset.by = column;
  const way = down ? 'descending' : 'ascending';
  cell.setAttribute('aria-sort', by === column ? way : 'none');
  cell.append(
    button(text, () => {
      down = by === column ? !down : !['title', 'modality', 'state'].includes(column);
      by = column;
      load();
    }),
  );
  return cell;
}

const shown = {
  title: (row) => button(row.title, () => trigger('show', {id: row.id})),
  modality: (row) => tgan.t('modality', {name: row.modality}, [row.modality]),
  state: (row) => tgan.t('train.runs.' + row.state, {place: ''}),
  created: (row) =>
    new Date(row.created * 1000).toLocaleString(tgan.lang === 'zh' ? 'zh-CN' : 'en-GB', {
      dateStyle: 'short',
      timeStyle: 'short',
    }),
  nimg: (row) => tgan.whole(row.nimg),
  seconds: (row) => tgan.span(row.seconds),
};

function line(row, scores) {
  const item = document.createElement('tr');
  item.dataset.id = row.id;
  const cells = COLUMNS.map((column) => {
    const cell = node('td', '', {className: ['nimg', 'seconds'].includes(column) ? 'n' : ''});
    cell.append(shown[column](row));
    return cell;
  });
  const numbers = scores.map((name) => node('td', tgan.chart.short(row.scores[name]), {className: 'n'}));
  const files = document.createElement('td');
  for (const kind of KINDS) {
    const made = button(kind.toUpperCase(), () => trigger('export', {id: row.id, kind}));
    made.setAttribute('aria-label', tgan.t('runtable.' + kind, {title: row.title}));
    made.title = tgan.t('runtable.' + kind, {title: row.title});
    files.append(made);
  }
  item.append(...cells, ...numbers, files);
  return item;
}

function draw() {
  tgan.words(element);
  const scores = [...new Set(rows.flatMap((row) => Object.keys(row.scores)))];
  const held = document.activeElement?.closest?.('#runtable th')?.dataset.by;
  const heads = COLUMNS.map((column) => head(column, tgan.t('runtable.' + column)));
  heads.push(...scores.map((name) => head('score.' + name, tgan.t('train.score.' + name))));
  $('thead tr').replaceChildren(...heads, node('th', tgan.t('runtable.files'), {scope: 'col'}));
  $('tbody').replaceChildren(...rows.map((row) => line(row, scores)));
  $('.empty').hidden = rows.length > 0;
  $('.scroll').hidden = !rows.length;
  if (held) $(`th[data-by="${held}"] button`)?.focus();
}

box.addEventListener('toggle', load);
document.addEventListener('tgan:runs', load);
draw();
tgan.onLang(draw);
