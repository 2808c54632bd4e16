// Links: one to show (anybody may have it), one's own (whoever has it is this visitor), each with a QR code;
// what to do about the link of another visitor, and about a browser that keeps nothing.
// value = {token?, links: [{token, title, seed, made}], error?}: an answer to 'give', 'list' or 'revoke'.
// server.qr(text) gives {size, path}.
import {bindAsk} from './ask.js';
const $ = (s) => element.querySelector(s);
const give = $('.give');
const address = $('textarea');
const copied = $('.copy');
let kind = 'show';
let latest = 0; // of the codes asked for

const base = () => tgan.settings.base || location.origin + location.pathname;
const shown = (token) => `${base()}?${new URLSearchParams({show: token, lang: tgan.lang})}`;
const mine = () => `${base()}#me=${tgan.me}`;
const isOwn = () => !tgan.showing && tgan.get('model-id').startsWith('mine/');
const isLocal = () =>
  !tgan.settings.base && /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(location.hostname);

async function put(link) {
  const now = ++latest;
  address.value = link;
  $('.link').hidden = false;
  $('.reveal').hidden = true;
  $('.local').hidden = !isLocal();
  $('.code').replaceChildren();
  const drawn = await server.qr(link);
  if (now !== latest) return;
  $('.code').hidden = !drawn.path;
  if (drawn.path) $('.code').replaceChildren(tgan.code(drawn));
}

async function copy() {
  await tgan.copy(address.value, tgan.t('copied.link'));
  copied.textContent = tgan.t('links.copied');
}

function choose(which) {
  kind = which;
  give.classList.toggle('mine', kind === 'mine');
  for (const button of give.querySelectorAll('[data-kind]'))
    button.setAttribute('aria-pressed', button.dataset.kind === kind);
  const what = {mine: 'links.mine.what', show: isOwn() ? 'links.own.what' : 'links.show.what'};
  $('.what').textContent = tgan.t(what[kind]);
  copied.textContent = tgan.t('links.copy');
  $('.link').hidden = true;
  $('.wrong').hidden = true;
  // seen only when asked for: the screen may be a projector's
  $('.reveal').hidden = kind !== 'mine';
  if (kind === 'mine') return;
  if (isOwn()) return trigger('give', {});
  put(tgan.showing ? shown(tgan.showing) : tgan.stateLink()).then(() => {});
  copy();
  trigger('list', {});
}

tgan.share = (which = 'show') => {
  tgan.words(element);
  if (!give.open) give.showModal();
  choose(which);
};

function answered() {
  const {token, links = [], error} = props.value ?? {};
  $('.wrong').hidden = !error;
  $('.wrong').textContent = error ?? '';
  $('.given').hidden = !links.length;
  $('ul').replaceChildren(...links.map(row));
  if (token && give.open && kind === 'show') {
    put(shown(token));
    copy();
  }
}

function row({token, title, seed, made}) {
  const line = document.createElement('li');
  const name = document.createElement('span');
  const day = new Date(1000 * made).toLocaleDateString(tgan.lang === 'zh' ? 'zh-CN' : 'en');
  name.textContent = `${title} · ${tgan.t('seed')} ${seed} · ${day}`;
  const see = document.createElement('button');
  see.textContent = tgan.t('links.see');
  see.addEventListener('click', () => put(shown(token)));
  const back = document.createElement('button');
  back.textContent = tgan.t('links.revoke');
  back.addEventListener('click', () => {
    if (address.value === shown(token)) $('.link').hidden = true;
    trigger('revoke', {token});
  });
  for (const button of [see, back]) button.type = 'button';
  line.append(name, see, back);
  return line;
}

copied.addEventListener('click', copy);
address.addEventListener('focus', () => address.select());
$('.reveal').addEventListener('click', () => put(mine()));
$('.give .close').addEventListener('click', () => give.close());
give.addEventListener('click', (event) => event.target === give && give.close());
for (const button of give.querySelectorAll('[data-kind]'))
  button.addEventListener('click', () => choose(button.dataset.kind));
$('.unkept .keep').addEventListener('click', () => tgan.share('mine'));
$('.unkept .close').addEventListener('click', () => {
  $('.unkept').hidden = true;
});
tgan.notKept = () => {
  $('.unkept').hidden = false;
};
tgan.askWhose = bindAsk($('.ask'), mine);
tgan.words(element);
watch('value', answered);
