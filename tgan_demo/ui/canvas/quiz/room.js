// A game that others play too: its code, a link as a QR code, and how all are doing.
import {$, percent, t} from './view.js';

let coded = ''; // the code whose picture is drawn

const link = (code) =>
  `${tgan.settings.base || location.origin + location.pathname}?join=${code}&lang=${tgan.lang}`;

// null: no game
export async function showRoom(game) {
  const code = game?.code ?? '';
  $('.room').hidden = !code;
  if (!code) return;
  $('.letters').textContent = code;
  showStanding(game);
  const key = code + tgan.lang;
  if (coded === key) return;
  coded = key;
  const drawn = await server.qr(link(code));
  if (coded === key && drawn.path) $('.code').replaceChildren(tgan.code(drawn));
}

export function showStanding(game) {
  if (!game?.code) return;
  const {players, finished, right, n, low, high} = game.standing;
  const share = n ? right / n : 0;
  const values = {players, finished, right, n, share: percent(share), low: percent(low), high: percent(high)};
  $('.standing').textContent = t('quiz.players', values) + (n ? ' ' + t('quiz.class.rate', values) : '');
}
