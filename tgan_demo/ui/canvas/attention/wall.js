// The wall: a small map for every layer and head, or for every latent token.
import {net, query, topOf, unpack} from './maps.js';
import {paint} from './colours.js';
import {percent} from './names.js';
import {$, grid, isFilm, node, ready, set, shown, state, t} from './view.js';

const wall = $('#inside-wall');

let shapeShown = '';

// The next drawing makes all buttons anew: their words changed.
export function rebuild() {
  shapeShown = '';
}

export function drawWall(map) {
  const n = net();
  const cross = state.net === 'g_cross';
  const shape = [state.net, n.layers, n.heads, n.keys, grid(), tgan.lang].join();
  if (shape !== shapeShown) {
    shapeShown = shape;
    if (cross) buildCross(n);
    else buildWall(n);
  }
  const cells = [...wall.querySelectorAll('button[data-layer], button[data-latent]')].map((button) => {
    const {layer, head, latent} = button.dataset;
    const row = cross ? map.rows.map((r) => r[+latent]) : n.row(+layer, +head, query())?.subarray(n.lead);
    return {button, row, layer: +layer, head: +head, latent: +latent};
  });
  for (const {button, row, layer, head, latent} of cells) {
    if (row) paint(button.firstChild, row, state.same ? state.shared : topOf(row));
    const on = cross ? latent === map?.latent : !map?.flow && layer === map?.layer && head === map?.head;
    button.setAttribute('aria-pressed', on);
    if (cross) {
      button.querySelector('span').textContent =
        `${latent + 1} · ${percent(map.rows[state.token][latent])} %`;
      button.toggleAttribute('data-most', latent === map.most);
    }
  }
  const flow = wall.querySelector('.flow');
  const flowNet = unpack(shown().rollout[state.net]);
  if (flow && flowNet) {
    const row = flowNet.row(0, 0, query())?.subarray(flowNet.lead);
    if (row) paint(flow.firstChild, row, topOf(row, true));
    flow.setAttribute('aria-pressed', state.flow);
  }
  $('.strong').textContent = t(cross ? 'inside.strongest.cross' : 'inside.strongest');
  $('.strong').title = t(cross ? 'inside.strongest.cross.what' : 'inside.strongest.what');
  $('.strong').setAttribute(
    'aria-pressed',
    cross ? state.latent === null : state.layer === null && !state.flow,
  );
  $('.scale').textContent = state.same
    ? t('inside.scale.same', {top: percent(state.shared)})
    : t('inside.scale.own');
}

function buildWall(n) {
  const tags = Array.from({length: n.heads}, (_, i) =>
    node('div', {class: 'tag'}, (n.heads > 8 ? '' : 'H') + (i + 1)),
  );
  const side = isFilm() ? 160 : Math.max(36, Math.min(132, 600 / n.layers));
  wall.style.gridTemplateColumns = `auto repeat(${n.heads}, minmax(0, ${side}px))`;
  wall.replaceChildren(node('div', {class: 'tag'}), ...tags);
  for (let layer = 0; layer < n.layers; layer++) {
    wall.append(node('div', {class: 'tag'}, 'L' + (layer + 1)));
    for (let head = 0; head < n.heads; head++) {
      const label = t('inside.map', {layer: layer + 1, head: head + 1});
      wall.append(
        node(
          'button',
          {type: 'button', 'data-layer': layer, 'data-head': head, 'aria-label': label, title: label},
          node('canvas'),
        ),
      );
    }
  }
  if (shown().rollout[state.net]) {
    const flow = node(
      'button',
      {type: 'button', class: 'flow', title: t('inside.rollout.what')},
      node('canvas'),
      node('span', {}, t('inside.rollout')),
    );
    wall.append(node('div', {class: 'flow-line'}, flow, tgan.term('rollout')));
  }
  head('inside.wall', 'attention');
}

function buildCross(n) {
  const wide = Math.min(
    n.keys,
    isFilm()
      ? $('.right').clientWidth < 420
        ? 2
        : 4
      : $('.right').clientWidth < 420
        ? 4
        : n.keys > 16
          ? 8
          : 4,
  );
  wall.style.gridTemplateColumns = `repeat(${wide}, minmax(0, ${isFilm() ? 176 : 128}px))`;
  wall.replaceChildren(
    ...Array.from({length: n.keys}, (_, m) =>
      node(
        'button',
        {type: 'button', class: 'latent', 'data-latent': m, 'aria-label': t('inside.latent', {m: m + 1})},
        node('canvas'),
        node('span'),
      ),
    ),
  );
  for (const [id, size, key] of [
    ['layer', n.layers, 'crossLayer'],
    ['head', n.heads, 'crossHead'],
  ]) {
    const select = $('#inside-' + id);
    state[key] = Math.min(state[key], size - 1);
    select.replaceChildren(
      node('option', {value: -1}, t('inside.mean')),
      ...Array.from({length: size}, (_, i) => node('option', {value: i}, String(i + 1))),
    );
    select.value = state[key];
  }
  head('inside.wall.cross', 'cross');
}

function head(key, term) {
  $('.right h2').textContent = t(key);
  $('.wall-term').replaceChildren(tgan.term(term));
}

wall.addEventListener('click', (event) => {
  const button = event.target.closest('button:not(.tg-term)');
  if (!button || !ready()) return;
  if (button.dataset.latent !== undefined) set({latent: +button.dataset.latent});
  else if (button.classList.contains('flow')) set({flow: !state.flow});
  else set({layer: +button.dataset.layer, head: +button.dataset.head, flow: false});
});
wall.addEventListener('keydown', (event) => {
  const all = [...wall.querySelectorAll('button:not(.tg-term)')];
  const i = all.indexOf(event.target.closest('button'));
  const across = net()?.heads || 1;
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across}[event.key];
  if (i < 0 || !step || (state.net === 'g_cross' && Math.abs(step) > 1)) return;
  event.preventDefault();
  event.stopPropagation();
  all[Math.min(all.length - 1, Math.max(0, i + step))].focus();
});
