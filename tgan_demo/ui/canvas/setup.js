// What a run is made of: data, start, preset, budget, knobs. value = panels/train/sources.setup_value(...).
// fixed.spec = panels/train/knobs.spec(). Choosing a preset fills the knobs; a knob that differs from its
// preset is kept in `own` and is all that is sent. Gives tgan.training.request() and .summary().
// Fires 'preview', 'forget', 'crop', 'keep', 'drop', 'hub', 'paste'.
const $ = (s) => element.querySelector(s);
const spec = fixed.spec;
const kinds = () => tgan.kinds(medium()); // of the chosen data
const t = (key, values) => tgan.t(key, values, kinds());
const data = $('#train-data');
const from = $('#train-from');
const preset = $('#train-preset');
const budget = $('#train-budget');
const unit = $('#train-unit');
const presets = Object.fromEntries(spec.presets.map((row) => [row.name, row]));
const kept = tgan.kept('train', {});
let own = {};
const rows = {};
let told = null;
let crop = null;
let strip = null;
let shownCrop = '';
const wanted = {data: kept.data ?? 'digits', start: kept.start ?? 'scratch'};
const has = (key) => Object.hasOwn(own, key);
// from scratch some media begin otherwise than the preset says
const base = (key) =>
  (tuned() ? undefined : spec.beginnings[medium()]?.[key]) ?? presets[preset.value].values[key];
const medium = () => props.value?.data?.find((row) => row.id === data.value)?.medium ?? 'image';
const now = (key) => (has(key) ? own[key] : base(key));
const word = (key, otherwise) => (tgan.settings.words[key] ? t(key) : otherwise);
const tuned = () => from.value !== 'scratch';

// -- menus --------------------------------------------------------------------------------------
function options(box, list, chosen) {
  const groups = new Map();
  for (const [value, text, group] of list) {
    if (!groups.has(group)) groups.set(group, []);
    const option = document.createElement('option');
    option.value = value;
    option.textContent = text;
    groups.get(group).push(option);
  }
  box.replaceChildren(
    ...[...groups].flatMap(([group, nodes]) => {
      if (!group) return nodes;
      const label = document.createElement('optgroup');
      label.label = group;
      label.append(...nodes);
      return [label];
    }),
  );
  if (list.some(([value]) => value === chosen)) box.value = chosen;
}

const dataName = (row) =>
  row.own ? `${row.title} (${tgan.whole(row.count)})` : word('data.' + row.id, row.title);

function menus() {
  const value = props.value?.data ? props.value : {data: [], starts: []};
  const group = (row) =>
    t(row.own ? 'train.data.own' : row.id.startsWith('hub:') ? 'train.data.hub' : 'train.data.painted');
  const sorted = [...value.data].sort((a, b) => b.own - a.own);
  options(
    data,
    sorted.map((row) => [row.id, dataName(row), group(row)]),
    wanted.data,
  );
  options(
    from,
    value.starts
      .filter((row) => row.id === 'scratch' || row.medium === medium())
      .map((row) => [
        row.id,
        row.id === 'scratch' ? t('train.scratch') : row.title,
        row.id === 'scratch' ? '' : t(row.own ? 'train.models.own' : 'train.models'),
      ]),
    wanted.start,
  );
  options(
    preset,
    spec.presets.map((row) => [row.name, word('preset.' + row.name, row.name), '']),
    preset.value || (presets[kept.preset] ? kept.preset : spec.first),
  );
  const list = $('#train-hub-known');
  list.replaceChildren(
    ...(value.known ?? []).map((name) => Object.assign(document.createElement('option'), {value: name})),
  );
}

// -- knobs --------------------------------------------------------------------------------------
const LOGS = 200; // places on a logarithmic track
const place = (knob, v) =>
  knob.kind === 'log'
    ? Math.round((LOGS * Math.log(Math.max(knob.low, v) / knob.low)) / Math.log(knob.high / knob.low))
    : v;
const tidy = (v) => Number(Number(v).toPrecision(3));
const atPlace = (knob, p) =>
  knob.kind === 'log' ? tidy(knob.low * (knob.high / knob.low) ** (p / LOGS)) : Number(p);

function row(knob) {
  const box = document.createElement('div');
  const id = 'knob-' + knob.key;
  box.className = 'knob';
  box.id = 'train-' + id;
  box.innerHTML =
    `<span class="name"><label for="${id}"></label>` +
    '<button type="button" class="reset">↺</button></span>';
  const reset = box.querySelector('.reset');
  const info = document.createElement('p');
  reset.addEventListener('click', () => {
    delete own[knob.key];
    changed();
  });
  info.className = 'info';
  info.id = id + '-info';
  let show;
  const isNumber = ['log', 'real', 'whole'].includes(knob.kind);
  if (isNumber) {
    const number = document.createElement('input');
    const track = document.createElement('input');
    number.type = 'number';
    track.type = 'range';
    number.id = id;
    Object.assign(number, {min: knob.low, max: knob.high, step: knob.kind === 'whole' ? 1 : 'any'});
    Object.assign(
      track,
      knob.kind === 'log' ? {min: 0, max: LOGS, step: 1} : {min: knob.low, max: knob.high, step: knob.step},
    );
    const put = (v, from) => {
      if (!Number.isFinite(v)) return;
      v = Math.min(knob.high, Math.max(knob.low, knob.kind === 'whole' ? Math.round(v) : v));
      set(knob, v, from);
    };
    number.addEventListener('change', () => put(number.value === '' ? base(knob.key) : Number(number.value)));
    track.addEventListener('input', () => put(atPlace(knob, track.value), track));
    show = (v, from) => {
      number.value = knob.kind === 'whole' ? v : tidy(v);
      if (from !== track) track.value = place(knob, v);
    };
    box.append(number, track);
    box.label = (name) => {
      track.setAttribute('aria-label', name);
      number.setAttribute('aria-describedby', info.id);
    };
  } else if (knob.kind === 'flag') {
    const tick = document.createElement('input');
    tick.type = 'checkbox';
    tick.id = id;
    tick.addEventListener('change', () => set(knob, tick.checked));
    show = (v) => {
      tick.checked = !!v;
    };
    box.append(tick);
  } else if (knob.kind === 'choice') {
    const menu = document.createElement('select');
    menu.id = id;
    menu.addEventListener('change', () => set(knob, menu.value));
    show = (v) => {
      menu.value = v;
    };
    box.fill = () =>
      options(
        menu,
        knob.choices.map((c) => [c, word('choice.' + c, c), '']),
        now(knob.key),
      );
    box.append(menu);
  } else {
    const many = document.createElement('div');
    many.className = 'many';
    many.setAttribute('role', 'group');
    box.querySelector('label').removeAttribute('for');
    const ticks = knob.choices.map((choice) => {
      const label = document.createElement('label');
      const tick = document.createElement('input');
      const name = document.createElement('span');
      tick.type = 'checkbox';
      tick.value = choice;
      tick.addEventListener('change', () =>
        set(
          knob,
          ticks.filter((x) => x.tick.checked).map((x) => x.tick.value),
        ),
      );
      label.append(tick, name);
      many.append(label);
      return {tick, name, choice};
    });
    show = (v) =>
      ticks.forEach((x) => {
        x.tick.checked = v.includes(x.choice);
      });
    box.fill = () => {
      ticks.forEach((x) => {
        x.name.textContent = word('choice.' + x.choice, x.choice);
      });
      many.setAttribute('aria-label', t('knob.' + knob.key));
    };
    box.append(document.createElement('span'), many);
  }
  box.append(info);
  box.show = show;
  box.name = () => {
    const name = t('knob.' + knob.key);
    const range = isNumber ? ` ${knob.low} – ${knob.high}` : '';
    box.querySelector('label').textContent = name;
    info.textContent = t('knob.' + knob.key + '.info');
    const code = document.createElement('code');
    code.textContent = ` ${knob.key}${range}`;
    info.append(code);
    box.label?.(name);
    box.fill?.();
  };
  return box;
}

function set(knob, v, from) {
  const same = JSON.stringify(v) === JSON.stringify(base(knob.key));
  if (same) delete own[knob.key];
  else own[knob.key] = v;
  changed(knob.key, from);
}

function build() {
  const groups = spec.groups.map((name) => {
    const group = document.createElement('div');
    const head = document.createElement('h4');
    group.className = 'group';
    group.dataset.group = name;
    group.append(head);
    return [name, group];
  });
  $('.groups').replaceChildren(...groups.map(([, group]) => group));
  for (const knob of spec.knobs) {
    const box = (rows[knob.key] = row(knob));
    (knob.main ? $('#train-knobs') : Object.fromEntries(groups)[knob.group]).append(box);
  }
}

function changed(only, source) {
  for (const knob of spec.knobs) {
    const box = rows[knob.key];
    if (!only || only === knob.key) box.show(now(knob.key), source);
    box.classList.toggle('own', has(knob.key));
    box.hidden = !!knob.medium && knob.medium !== medium();
    const off = tuned() && knob.of === 'model'; // the shape comes with the model
    box.querySelectorAll('input, select').forEach((node) => {
      node.disabled = off;
    });
    const back = box.querySelector('.reset');
    back.title = t('train.reset', {value: said(knob, base(knob.key))});
    back.setAttribute('aria-label', t('knob.' + knob.key) + ': ' + back.title);
    back.tabIndex = has(knob.key) ? 0 : -1;
  }
  $('[data-group=network]').classList.toggle('off', tuned());
  const count = Object.keys(own).length;
  $('.changed').textContent = count ? t('train.changed', {n: count}) : '';
  $('#train-reset').disabled = !count;
  if (Date.now() - opened > 500)
    tgan.keep('train', {
      data: data.value,
      start: from.value,
      preset: preset.value,
      budget: budget.value,
      unit: unit.value,
      own,
    });
  document.dispatchEvent(new Event('tgan:setup'));
}

const said = (knob, v) =>
  Array.isArray(v)
    ? v.map((c) => word('choice.' + c, c)).join(', ') || t('train.none')
    : typeof v === 'boolean'
      ? t(v ? 'train.on' : 'train.off')
      : typeof v === 'string'
        ? word('choice.' + v, v)
        : String(tidy(v));

function note() {
  $('#train-preset-note').textContent =
    word('preset.' + preset.value + '.info', '') + (tuned() ? ' ' + t('train.tuned') : '');
  for (const [name, group] of [...element.querySelectorAll('.group')].map((g) => [g.dataset.group, g]))
    group.querySelector('h4').textContent =
      t('train.group.' + name) + (name === 'network' && tuned() ? ' · ' + t('train.fixed') : '');
}

// -- pictures of the data -------------------------------------------------------------------------
async function paintSheet(canvas, value, room) {
  const picture = await tgan.picture(value.src);
  const lines = Math.ceil(value.n / value.cols);
  const gap = 2;
  const w = (room - gap * (value.cols - 1)) / value.cols;
  const h = (w * value.h) / value.w;
  const paint = () => {
    const context = tgan.crisp(canvas, room, lines * (h + gap) - gap);
    const top = tgan.top(picture);
    tgan.smooth(context, picture);
    for (let i = 0; i < value.n; i++)
      context.drawImage(
        picture,
        (i % value.cols) * value.w,
        top + Math.floor(i / value.cols) * value.h,
        value.w,
        value.h,
        (i % value.cols) * (w + gap),
        Math.floor(i / value.cols) * (h + gap),
        w,
        h,
      );
    canvas.dataset.frame = tgan.clock.frame(picture.frames || 1);
  };
  canvas.silence?.(); // what it played before
  canvas.silence = picture.frames > 1 ? tgan.clock.listen(paint, canvas) : null;
  paint();
}

function pictures() {
  const room = Math.max(150, element.clientWidth);
  const canvas = $('#train-strip');
  const text = $('.strip');
  const mine = strip && strip.id === data.value;
  canvas.hidden = !(mine && strip.n);
  canvas.style.display = canvas.hidden ? 'none' : '';
  if (mine && strip.n) {
    paintSheet(canvas, strip, room);
    canvas.setAttribute('aria-label', t('train.strip.aria', {n: strip.n}));
    canvas.dataset.data = strip.id;
    const some = (names) => names.slice(0, 8).join(', ') + (names.length > 8 ? ' …' : '');
    const n = strip.num_classes;
    const classes = strip.factors?.length
      ? t('train.strip.factors', {n, names: strip.factors.map(some).join(' · ')})
      : n
        ? t('train.strip.classes', {n, names: some(strip.classes)})
        : t('train.strip.plain');
    text.textContent =
      t(strip.painted ? 'train.strip.endless' : 'train.strip.count', {n: tgan.whole(strip.count)}) +
      ' ' +
      classes;
  } else text.textContent = mine ? t('train.strip.away') : '';
  const row = props.value?.data?.find((item) => item.id === data.value);
  const forget = $('#train-forget');
  forget.hidden = !row?.own;
  forget.textContent = t('train.delete');
  const box = $('#train-crop');
  box.hidden = !crop;
  if (!crop) return;
  $('.count').textContent = t(
    crop.text
      ? 'train.texts.count'
      : crop.sound
        ? 'train.sounds.count'
        : crop.clips
          ? 'train.clips.count'
          : 'train.crop.count',
    {n: tgan.whole(crop.count), frames: crop.frames},
  );
  $('.refused').textContent =
    (crop.enough
      ? ''
      : tgan.t('train.crop.few', {least: crop.least, n: crop.count}, tgan.kinds(crop.clips ? 'video' : '')) +
        ' ') + (crop.left_out ? t('train.crop.left', {n: crop.left_out, why: crop.refused.join('; ')}) : '');
  $('.told').hidden = !crop.told?.length;
  $('.told').textContent = crop.told?.join(' · ') ?? '';
  $('#train-keep').disabled = !crop.enough;
  $('#train-size').hidden = !!crop.text || !!crop.sound || !!crop.clips;
  $('.frames').hidden = !crop.stills;
  $('.frames input').checked = !!crop.clips;
  $('#train-split').hidden = !crop.text;
  $('#train-side').value = crop.side;
  $('#train-colours').value = crop.channels;
  paintSheet($('#train-crops'), crop, room - 40);
  $('#train-crops').setAttribute('aria-label', t('train.crop.aria', {n: crop.n}));
}

// -- values from Python ---------------------------------------------------------------------------
function take() {
  const value = props.value;
  if (value?.preview) {
    strip = value.preview;
    if (strip.take) {
      wanted.data = strip.id;
      crop = null;
      if (strip.texts) $('#train-paste').value = '';
    }
  }
  if (value?.upload) {
    crop = value.upload;
    if (shownCrop !== crop.src) {
      shownCrop = crop.src;
      if (!$('#train-crop-title').value) $('#train-crop-title').value = crop.title;
    }
  }
  busy(false);
  draw();
  if (value?.upload) uploading(false);
  if (strip?.id !== data.value && data.value && told !== data.value) {
    told = data.value;
    trigger('preview', {id: data.value});
  }
}

function draw() {
  tgan.words(element, kinds());
  menus();
  spec.knobs.forEach((knob) => rows[knob.key].name());
  note();
  changed();
  pictures();
}

function busy(on) {
  $('#train-hub-get').disabled = on;
  $('#train-hub-get').textContent = t(on ? 'train.hub.busy' : 'train.hub.get');
}

tgan.training ??= {};
tgan.training.request = () => {
  const part = (of) =>
    Object.fromEntries(
      spec.knobs
        .filter(
          (k) =>
            k.of === of && has(k.key) && (!k.medium || k.medium === medium()) && !(of === 'model' && tuned()),
        )
        .map((k) => [k.key, own[k.key]]),
    );
  return {
    title: $('#train-title').value,
    data: data.value,
    start: from.value,
    preset: preset.value,
    model: part('model'),
    train: part('train'),
    budget: Number(budget.value) || 0,
    unit: unit.value,
  };
};
const text = (box) => box.selectedOptions[0]?.textContent ?? '';
tgan.training.summary = () =>
  [
    text(data).replace(/ \(.*/, ''),
    text(from),
    text(preset),
    unit.value === 'seconds' ? tgan.span(budget.value) : `${tgan.whole(budget.value)} ${text(unit)}`,
  ].join(' · ');
tgan.training.now = now;
tgan.training.kinds = kinds;

function choosePreset() {
  own = {};
  if (unit.value === 'seconds') budget.value = presets[preset.value].budget;
  note();
  changed();
}

data.addEventListener('change', () => {
  wanted.data = data.value;
  told = data.value;
  draw();
  trigger('preview', {id: data.value});
});
from.addEventListener('change', () => {
  const before = wanted.start === 'scratch';
  wanted.start = from.value;
  if (before && tuned() && preset.value === spec.first) {
    preset.value = spec.tune;
    choosePreset();
  } else if (!tuned() && preset.value === spec.tune) {
    preset.value = spec.first;
    choosePreset();
  }
  note();
  changed();
});
preset.addEventListener('change', choosePreset);
for (const box of [budget, unit])
  box.addEventListener('change', () => {
    if (box === unit)
      budget.value = {seconds: presets[preset.value].budget, images: 10000, steps: 200}[unit.value];
    budget.max = spec.most[unit.value];
    budget.value = Math.min(spec.most[unit.value], Math.max(1, Number(budget.value) || 1));
    changed('-');
  });
$('#train-reset').addEventListener('click', () => {
  own = {};
  changed();
});
let sure = 0;
// two clicks, no dialog
$('#train-forget').addEventListener('click', (event) => {
  if (Date.now() - sure < 4000) {
    sure = 0;
    trigger('forget', {id: data.value});
    return;
  }
  sure = Date.now();
  event.target.textContent = t('train.sure');
  setTimeout(pictures, 4100);
});
// own pictures go through Gradio's own file field, which stores and bounds them
const files = $('#train-files');
const zone = $('.drop');

function bring(list) {
  const field = document.querySelector('#train-upload input[type=file]');
  if (!list?.length || !field) return;
  const bundle = new DataTransfer();
  [...list].forEach((file) => bundle.items.add(file));
  field.files = bundle.files;
  field.dispatchEvent(new Event('change', {bubbles: true}));
  uploading(true);
}

function uploading(on) {
  zone.classList.toggle('busy', on);
  zone.querySelector('span').textContent = t(on ? 'train.upload.busy' : 'train.upload');
  clearTimeout(uploading.timer);
  if (on) uploading.timer = setTimeout(() => uploading(false), 20000);
}

files.addEventListener('change', () => {
  bring(files.files);
  files.value = '';
});
zone.addEventListener('dragover', (event) => {
  event.preventDefault();
  zone.classList.add('over');
});
zone.addEventListener('dragleave', () => zone.classList.remove('over'));
zone.addEventListener('drop', (event) => {
  event.preventDefault();
  event.stopPropagation();
  zone.classList.remove('over');
  bring(event.dataTransfer.files);
});
for (const id of ['train-side', 'train-colours'])
  $('#' + id).addEventListener('change', () =>
    trigger('crop', {side: Number($('#train-side').value), channels: Number($('#train-colours').value)}),
  );
$('.frames input').addEventListener('change', (event) => trigger('crop', {frames: event.target.checked}));
$('#train-split .rule').addEventListener('change', (event) => trigger('crop', {rule: event.target.value}));
$('#train-paste-go').addEventListener('click', () => {
  if ($('#train-paste').value.trim())
    trigger('paste', {text: $('#train-paste').value, rule: $('.paste .rule').value});
});
$('#train-keep').addEventListener('click', () => {
  trigger('keep', {
    rule: $('#train-split .rule').value,
    side: crop.side,
    channels: crop.channels,
    frames: !!crop.clips,
    title: $('#train-crop-title').value,
  });
  $('#train-crop-title').value = '';
});
$('#train-drop').addEventListener('click', () => {
  crop = null;
  $('#train-crop-title').value = '';
  pictures();
  trigger('drop');
});
const getHub = () => {
  const name = $('#train-hub-name').value.trim();
  if (!name) return;
  busy(true);
  setTimeout(() => busy(false), 60000);
  trigger('hub', {name});
};
$('#train-hub-get').addEventListener('click', getHub);
$('#train-hub-name').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') getHub();
});

const opened = Date.now();
build();
menus();
if (presets[kept.preset]) {
  own = {};
  for (const knob of spec.knobs)
    if (Object.hasOwn(kept.own ?? {}, knob.key)) own[knob.key] = kept.own[knob.key];
}
unit.value = spec.most[kept.unit] ? kept.unit : 'seconds';
budget.value = Number(kept.budget) >= 1 ? kept.budget : presets[preset.value].budget;
budget.max = spec.most[unit.value];
take();
watch('value', take);
tgan.onLang(draw);
tgan.onLook(pictures);
tgan.watchSize(element);
