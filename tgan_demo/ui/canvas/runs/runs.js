// The visitor's runs and models. value = panels/train/runs.runs_value(...).
// Fires 'show', 'resume', 'stop', 'rename' ({id, title}), 'delete', 'drop_rest',
// 'download', 'hub' ({repo}).
const $ = (s) => element.querySelector(s);
const t = tgan.t;
const LIVE = ['queued', 'preparing', 'running', 'paused'];
let editing = null;

function button(text, act, kind) {
  const node = document.createElement('button');
  node.type = 'button';
  node.textContent = text;
  node.dataset.do = kind;
  node.addEventListener('click', act);
  return node;
}

// two clicks, no dialog
function twice(text, sure, act, kind) {
  const node = button(
    text,
    () => {
      if (node.classList.contains('sure')) {
        node.disabled = true;
        act();
        return;
      }
      node.classList.add('sure');
      node.textContent = sure;
      setTimeout(() => {
        node.classList.remove('sure');
        node.textContent = text;
      }, 4000);
    },
    kind,
  );
  return node;
}

const mb = (n) => (n / 2 ** 20).toFixed(n < 10 * 2 ** 20 ? 1 : 0);

const dropping = new Map(); // id of a run -> what that frees, until the server has done it

// of a run that has ended: its model and history stay
function dropRest(id, bytes) {
  const values = {mb: mb(bytes)};
  const node = twice(
    t('train.drop', values),
    t('train.drop.sure'),
    () => {
      dropping.set(id, values);
      trigger('drop_rest', {id});
    },
    'drop_rest',
  );
  node.title = t('train.drop.info', values);
  return node;
}

function edit(id, title, place) {
  const input = document.createElement('input');
  editing = id;
  input.value = title;
  input.maxLength = 60;
  input.setAttribute('aria-label', t('train.rename'));
  let done = false;
  const end = (keep) => {
    if (done) return;
    done = true;
    editing = null;
    if (keep && input.value.trim() && input.value !== title) trigger('rename', {id, title: input.value});
    draw();
  };
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') end(true);
    if (event.key === 'Escape') end(false);
    event.stopPropagation();
  });
  input.addEventListener('blur', () => end(true));
  place.replaceWith(input);
  input.focus();
  input.select();
}

function line(id, title, note, model, run) {
  const item = document.createElement('li');
  const name = document.createElement('div');
  const small = document.createElement('small');
  const tools = document.createElement('div');
  const head = button(
    title,
    () => {
      if (run) trigger('show', {id});
      else play(model);
    },
    'show',
  );
  item.dataset.id = id;
  item.dataset.state = run?.state ?? 'model';
  item.classList.toggle('shown', !!run && tgan.run?.id === id);
  name.className = 'name';
  tools.className = 'do';
  small.textContent = note;
  name.append(head, small);
  if (model)
    tools.append(
      button(t('train.play'), () => play(model), 'play'),
      button(t('train.download'), () => trigger('download', {id: model}), 'download'),
      button(t('publish.open'), () => tgan.publish(model), 'publish'),
    );
  if (run?.can_resume)
    tools.append(
      button(
        t('train.resume'),
        () => {
          const q = tgan.training?.request?.() ?? {};
          trigger('resume', {id, budget: q.budget, unit: q.unit});
        },
        'resume',
      ),
    );
  if (run && LIVE.includes(run.state))
    tools.append(button(t('train.stop'), () => trigger('stop', {id}), 'stop'));
  if (run?.rest) tools.append(dropRest(id, run.rest));
  tools.append(
    button(t('train.rename'), () => edit(id, title, head), 'rename'),
    twice(t('train.delete'), t('train.sure'), () => trigger('delete', {id}), 'delete'),
  );
  item.append(name, tools);
  return item;
}

function play(model) {
  tgan.choose(model);
  tgan.openTab('play');
}

function draw() {
  tgan.words(element);
  const value = props.value?.runs ? props.value : {runs: [], models: []};
  if (editing) return; // a name is being typed; the list waits
  const rows = value.runs.map((run) => {
    if (dropping.has(run.id) && !run.rest) {
      tgan.toast(t('train.dropped', dropping.get(run.id)));
      dropping.delete(run.id);
    }
    const share = run.images_total
      ? Math.min(100, Math.round((100 * run.nimg) / run.images_total)) + ' %'
      : '';
    const state = t('train.runs.' + run.state, {place: run.place});
    const when = new Date(run.created * 1000).toLocaleString(tgan.lang === 'zh' ? 'zh-CN' : 'en-GB', {
      dateStyle: 'medium',
      timeStyle: 'short',
    });
    const parts = [
      state,
      run.state === 'running'
        ? ''
        : run.nimg
          ? tgan.t('train.seen', {nimg: tgan.whole(run.nimg)}, [tgan.modalityOf(run)])
          : '',
      ['done', 'running', 'queued', 'preparing'].includes(run.state) ? '' : share,
      run.parent &&
        tgan.t('train.moment.of', {...run.parent, nimg: tgan.whole(run.parent.nimg)}, [tgan.modalityOf(run)]),
      when,
    ];
    return line(run.id, run.title, parts.filter(Boolean).join(' · '), run.model_id, run);
  });
  const models = value.models.map((model) =>
    line(
      model.id,
      model.title,
      [t('train.runs.model'), tgan.originOf(model), model.data].filter(Boolean).join(' · '),
      model.id,
      null,
    ),
  );
  $('ul').replaceChildren(...rows, ...models);
  tgan.runs = value.runs; // for what compares them
  document.dispatchEvent(new CustomEvent('tgan:runs'));
  $('.empty').hidden = !props.value?.runs || rows.length + models.length > 0;
  $('.disk').textContent = value.disk
    ? t('train.disk', {used: mb(value.disk.used), quota: mb(value.disk.quota)})
    : '';
  const get = $('#train-hub-model-get');
  get.disabled = false;
  get.textContent = t('train.hub.get');
}

function hub() {
  const repo = $('#train-hub-model').value.trim();
  const get = $('#train-hub-model-get');
  if (!repo) return;
  get.disabled = true;
  get.textContent = t('train.hub.busy');
  setTimeout(draw, 60000);
  trigger('hub', {repo});
}

$('#train-hub-model-get').addEventListener('click', hub);
$('#train-hub-model').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') hub();
});
let shown = '';
document.addEventListener('tgan:run', () => {
  if ((tgan.run?.id ?? '') !== shown) {
    shown = tgan.run?.id ?? '';
    draw();
  }
});
draw();
watch('value', draw);
tgan.onLang(draw);
