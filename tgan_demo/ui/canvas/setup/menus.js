// The menus of data, start and preset.
import {
  $,
  data,
  from,
  kept,
  modality,
  preset,
  presets,
  spec,
  state,
  t,
  wanted,
  whose,
  word,
} from './choice.js';

export function options(box, list, chosen) {
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
  row.own ? `${row.title} (${tgan.whole(row.count)})` : tgan.named(row.title, [tgan.modalityOf(row)]);

export function menus() {
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
    [...value.starts, ...state.branches]
      .filter((row) => row.id === 'scratch' || tgan.modalityOf(row) === modality())
      .map((row) => [
        row.id,
        row.id === 'scratch'
          ? t('train.scratch')
          : row.own
            ? tgan.ownTitle(row, value.starts)
            : tgan.named(row.title, whose()),
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
