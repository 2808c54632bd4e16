// The map in a sentence: which known habit a row has, what a latent token paints.
import {argmax, net, query} from './maps.js';
import {codeName, patchName, percent, region, spot} from './names.js';
import {CLS, columns, grid, isCodes, isFilm, rows, state, t} from './view.js';

const spread = (row) => Math.exp(-row.reduce((h, w) => h + (w > 0 ? w * Math.log(w) : 0), 0)); // places looked at
// which of the known habits this row has
function where(map) {
  const gh = rows();
  const gw = columns();
  const {cells, cls, row} = map;
  const i = state.token;
  const places = spread(row);
  const best = argmax(cells);
  const w = cells[best];
  const say = (key, share, more) => t('inside.where.' + key, {share: percent(share), ...more});
  if (places > 0.9 * row.length) return say('even', w);
  if (cls !== null && cls >= w && (i !== CLS || cls > 0.3)) return say(i === CLS ? 'self' : 'cls', cls);
  const top = w >= Math.min(0.5, Math.max(0.12, 4 / row.length));
  if (isCodes())
    return best === i && top
      ? say('self', w)
      : say(top ? 'far' : 'spread', w, {token: codeName(best), n: Math.max(2, Math.round(places))});
  const far = {...spot(best), region: region(best)};
  const from = spot(Math.max(0, i));
  if (isFilm() && i !== CLS) {
    const habit = best === i && top ? null : tgan.inTime(cells, grid(), i, best, top);
    if (habit) return say(...habit);
  }
  const y = far.row - 1;
  const x = far.column - 1;
  const qy = from.row - 1;
  const qx = from.column - 1;
  const mass = (test) => cells.reduce((sum, v, k) => sum + (test(Math.floor(k / gw), k % gw) ? v : 0), 0);
  const sharp = top;
  if (i !== CLS && sharp && far.step === from.step) {
    const dy = y - qy;
    const dx = x - qx;
    if (!dy && !dx) return say('self', w);
    if (!dy && Math.abs(dx) === 1) return say(dx < 0 ? 'left' : 'right', w);
    if (!dx && Math.abs(dy) === 1) return say(dy < 0 ? 'up' : 'down', w);
    if (Math.abs(dx) === 1 && Math.abs(dy) === 1) return say('diagonal', w);
    if (y === qy && x === gw - 1 - qx) return say('mirror', w);
    if (x === qx && y === gh - 1 - qy) return say('flip', w);
    if (y === gh - 1 - qy && x === gw - 1 - qx) return say('opposite', w);
  }
  if (i !== CLS && !isFilm()) {
    const near = mass((a, b) => Math.abs(a - qy) <= 1 && Math.abs(b - qx) <= 1);
    if (near > 0.5 && gh * gw > 9) return say('around', near);
    const inRow = mass((a) => a === qy);
    const inColumn = mass((_, b) => b === qx);
    if (gh > 2 && inRow > 0.5 && inRow >= inColumn) return say('row', inRow);
    if (gw > 2 && inColumn > 0.5) return say('column', inColumn);
  }
  return sharp ? say('far', w, far) : say('spread', w, {...far, n: Math.max(2, Math.round(places))});
}

function paints(cells) {
  const total = cells.reduce((a, b) => a + b, 0) || 1;
  const shares = cells.map((w) => w / total);
  const parts = {};
  if (spread(shares) > 0.9 * cells.length) return t('inside.paints.all');
  const most = argmax(shares);
  if (isCodes()) return t('inside.paints.region', {region: codeName(most), share: percent(shares[most])});
  if (isFilm()) {
    const per = tgan.perStep(shares, grid());
    const step = argmax(per);
    if (per[step] > 1.6 / per.length)
      return t('inside.paints.step', {step: step + 1, share: percent(per[step])});
  }
  shares.forEach((w, i) => {
    const name = region(i);
    parts[name] = (parts[name] || 0) + w;
  });
  const [name, share] = Object.entries(parts).sort((a, b) => b[1] - a[1])[0];
  return t('inside.paints.region', {region: name, share: percent(share)});
}

// rollout without what stays in the token itself
function others(map) {
  const row = map.row.slice();
  const n = net();
  row[query()] = 0;
  const total = row.reduce((a, b) => a + b, 0) || 1;
  row.forEach((w, i) => {
    row[i] = w / total;
  });
  return {...map, row, cells: row.subarray(n.lead), cls: n.lead ? row[0] : null};
}

export function sentence(map) {
  const token = patchName(state.token);
  if (map.rows) {
    const key =
      state.crossLayer < 0
        ? state.crossHead < 0
          ? '.mean'
          : '.layers'
        : state.crossHead < 0
          ? '.heads'
          : '';
    const name = t('inside.map' + key, {layer: state.crossLayer + 1, head: state.crossHead + 1});
    const latent = t('inside.latent', {m: map.latent + 1});
    const paint = paints(map.cells);
    return state.latent !== null && map.latent !== map.most
      ? t('inside.says.latent', {map: name, latent, where: paint})
      : t('inside.says.cross', {
          map: name,
          token,
          latent,
          share: percent(map.cells[state.token]),
          where: paint,
        });
  }
  if (map.flow)
    return t('inside.says.rollout', {map: t('inside.map.rollout'), token, where: where(others(map))});
  const key = state.layer === null ? 'inside.map.strongest' : 'inside.map';
  return t('inside.says', {
    map: t(key, {layer: map.layer + 1, head: map.head + 1}),
    token,
    where: where(map),
  });
}

export function readout(map) {
  const i = state.hover ?? (map.rows ? state.token : null);
  if (i === null || !(i in map.cells)) return t('inside.selected', {token: patchName(state.token)});
  if (map.rows)
    return t('inside.readout.cross', {
      token: patchName(i),
      share: percent(map.cells[i]),
      latent: t('inside.latent', {m: map.latent + 1}),
    });
  return t('inside.readout', {token: patchName(i), share: percent(map.cells[i])});
}
