// The table of what differs: scores at the two moments, then settings.
const NAMES = {
  data: 'train.data',
  start: 'train.from',
  preset: 'train.preset',
  budget: 'train.budget',
  unit: 'train.unit',
};

const plain = (value) => {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.join(' + ') || '–';
  if (typeof value === 'boolean') return tgan.t(value ? 'train.on' : 'train.off');
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
};

function nameOf(setting) {
  const key = NAMES[setting] ?? 'knob.' + setting;
  return tgan.settings.words[key] ? tgan.t(key) : setting;
}

// a score as it was measured last before a moment, or at first
function scoreAt(side, name, nimg) {
  const {x} = side?.scores ?? {x: []};
  const until = x.filter((v) => v <= nimg).length;
  return x.length ? side.scores[name]?.[Math.max(0, until - 1)] : undefined;
}

function row(cells, kind) {
  const line = document.createElement('tr');
  line.dataset.kind = kind;
  line.append(...cells.map((text) => Object.assign(document.createElement('td'), {textContent: text})));
  return line;
}

export function tell(body, {sides, differ, at}) {
  const names = [...new Set(['a', 'b'].flatMap((name) => Object.keys(sides[name]?.scores.real ?? {})))];
  const real = (name) =>
    ['a', 'b'].map((side) => sides[side]?.scores.real[name]).find((v) => v !== undefined);
  const scores = names.map((name) =>
    row(
      [
        tgan.t('train.score.' + name),
        ...['a', 'b'].map((side) => plain(scoreAt(sides[side], name, at[side]))),
        plain(real(name)),
      ],
      'score',
    ),
  );
  const settings = differ.map(([name, a, b]) => row([nameOf(name), plain(a), plain(b), ''], 'setting'));
  if (!differ.length && sides.a && sides.b) settings.push(row([tgan.t('compare.same'), '', '', ''], 'same'));
  body.replaceChildren(...scores, ...settings);
}
