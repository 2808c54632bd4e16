// The dialog that publishes an own model on the Hugging Face Hub: `tgan.publish(id)` opens it.
// value = {id, title, licence, who} of 'about', {id, url, new} or {error} of 'send'.
// The token leaves its field when it is sent, and when the dialog closes; it is kept nowhere.
const $ = (s) => element.querySelector(s);
const t = tgan.t;
const dialog = $('dialog');
const LACKS = {
  repo: 'publish.lacks.repo',
  licence: 'publish.lacks.licence',
  token: 'publish.lacks.token',
};
let model = '';
let told = {}; // what 'about' said of it
let sending = false;

const what = () => $('[name=publish-what]:checked').value;

function say({error = '', url = ''} = {}) {
  $('.wrong').hidden = !error;
  $('.wrong').textContent = error;
  $('.done').hidden = !url;
  if (!url) return;
  $('.done span').textContent = t('publish.done');
  $('.done a').textContent = url;
  if (/^https?:\/\//.test(url)) $('.done a').href = url;
}

function draw() {
  tgan.words(element);
  $('#publish-title').textContent = t('publish.title', {title: told.title ?? ''});
  $('.told').textContent = told.licence ? t('publish.told', {licence: told.licence}) : '';
  $('.secret').hidden = !!told.who; // who has signed in, on a Space
  $('.who').hidden = !told.who;
  $('.who').textContent = t('publish.who', {who: told.who ?? ''});
  $('.send').disabled = sending;
  $('.send').textContent = t(sending ? 'publish.busy' : 'publish.send');
}

tgan.publish = (id) => {
  model = id;
  told = {};
  sending = false;
  for (const name of Object.keys(LACKS)) $('.' + name).value = '';
  $('.public').checked = false;
  say();
  draw();
  if (!dialog.open) dialog.showModal();
  $('.repo').focus();
  trigger('about', {id});
};

$('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const sent = {id: model, what: what(), public: $('.public').checked};
  for (const name of Object.keys(LACKS)) sent[name] = $('.' + name).value.trim();
  const lacking = Object.keys(LACKS).find((name) => !sent[name] && !(name === 'token' && told.who));
  if (lacking) {
    say({error: t(LACKS[lacking])});
    $('.' + lacking).focus();
    return;
  }
  $('.token').value = '';
  sending = true;
  say();
  draw();
  trigger('send', sent);
});

$('.close').addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => ($('.token').value = ''));
dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());

watch('value', () => {
  const value = props.value ?? {};
  if ('title' in value) {
    if (value.id === model) told = value;
  } else {
    sending = false;
    say(value);
  }
  draw();
});
tgan.onLang(draw);
draw();
