// A number said aloud, and a person's clip said by another voice, by a model of digits and speakers.
// value = {part: "page", model, seed, psi, speakers} | {part: "said", clip, text, speaker}
//   | {part: "made", clips, target?, digit?, speaker?} | {part: "stop", of}: an error, told elsewhere.
// A nonce in each makes it differ from the one before. A clip is {src, picture, seconds, name}.
// Fires 'say' {number, speaker} and 'convert' {clip?, name, digit, speaker}.
import {tape} from './microphone.js';

const $ = (s) => element.querySelector(s);
const number = $('#voice-number');
const who = $('#voice-speaker');
const record = $('#voice-record');
const MAX_BYTES = 8 * 2 ** 20;
const TAKE_S = 3;
const KEEP_S = 8;
let page = null;
let said = null;
let made = null;
let clip = null;
let asked = false;
let saying = false;
let wanted = null;
let next = null;
let busy = 0;
let taping = null;
let current = null;

function take() {
  const value = props.value;
  if (value?.part === 'page') {
    const isNew = page?.model !== value.model;
    const isOther = page?.seed !== value.seed || page?.psi !== value.psi;
    page = value;
    if (isNew) {
      said = made = null;
      if (clip?.sample) clip = null;
      options();
    }
    showClip();
    if (isNew || isOther) say(wanted ?? number.value);
  } else if (value?.part === 'said') {
    said = value;
    showSaid();
    spoke();
  } else if (value?.part === 'made') {
    made = value;
    if (value.digit !== undefined) rest();
    showMade();
  } else if (value?.part === 'stop' && value.of === 'convert') rest();
  else if (value?.part === 'stop') {
    wanted = said?.text ?? null;
    asked = false;
    spoke();
  }
}

function options() {
  const fill = (box, names, kept) => {
    box.replaceChildren(...names.map(([id, name]) => new Option(name, id)));
    if (kept !== '' && kept < names.length) box.value = kept;
  };
  const speakers = page.speakers.map((name, i) => [String(i), name]);
  fill(who, speakers, who.value);
  fill($('#voice-target'), speakers, $('#voice-target').value || Math.min(1, speakers.length - 1));
  fill($('#voice-digit'), [['', tgan.t('voice.digit.any')], ...[...'0123456789'].map((d) => [d, d])], '');
}

// -- players ----------------------------------------------------------------------------------------
function player({src, picture, seconds, name}, title) {
  const figure = document.createElement('figure');
  figure.className = 'clip';
  figure.innerHTML =
    '<div class="view"><img alt=""><i></i></div><figcaption>' +
    '<button type="button"><svg viewBox="0 0 20 20" aria-hidden="true">' +
    '<path class="go" d="M5 2.6v14.8L17.6 10z"></path><path class="halt" d="M4 4h12v12H4z"></path>' +
    '</svg></button><div><span class="title"></span>' +
    '<span class="note"><span class="time"></span> · <a>WAV</a></span></div></figcaption>' +
    '<audio preload="auto"></audio>';
  const find = (s) => figure.querySelector(s);
  const audio = find('audio');
  const button = find('button');
  const link = find('a');
  const head = find('.view i');
  tgan.url(picture).then((url) => {
    find('img').src = url;
  });
  audio.src = link.href = src;
  link.download = name;
  link.title = tgan.t('voice.save', {title});
  find('.title').textContent = title;
  find('.time').textContent = seconds.toFixed(1) + ' s';
  button.setAttribute('aria-label', tgan.t('voice.play', {title}));
  const follow = () => {
    head.style.left = Math.min(100, (100 * audio.currentTime) / seconds) + '%';
    if (!audio.paused && figure.isConnected) requestAnimationFrame(follow);
  };
  audio.addEventListener('play', () => {
    if (current !== audio) current?.pause();
    current = audio;
    figure.classList.add('playing');
    follow();
  });
  for (const kind of ['pause', 'ended'])
    audio.addEventListener(kind, () => figure.classList.remove('playing'));
  figure.play = () => {
    audio.currentTime = 0;
    audio.play().catch(() => {});
  }; // a browser may want a click first
  button.addEventListener('click', () => {
    if (audio.paused) figure.play();
    else audio.pause();
  });
  find('.view').addEventListener('click', (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    audio.currentTime = (seconds * (event.clientX - box.left)) / box.width;
    audio.play().catch(() => {});
  });
  return figure;
}

function showSaid() {
  if (!said) return $('#voice-said').replaceChildren();
  const shown = player(said.clip, tgan.t('voice.said', {text: said.text, speaker: said.speaker}));
  $('#voice-said').replaceChildren(shown);
  if (asked) shown.play();
  asked = false;
}

function showMade() {
  const titles = [tgan.t('voice.asked'), tgan.t('voice.own'), tgan.t('voice.other', {speaker: made?.target})];
  const clips = (made?.clips ?? []).map((one, i) => player(one, titles[i]));
  $('#voice-made').replaceChildren(...clips);
  $('.taken').textContent =
    made?.digit === undefined
      ? (made?.note ?? '')
      : [tgan.t('voice.taken', made), made.note].filter(Boolean).join(' ');
}

// -- a number ---------------------------------------------------------------------------------------
function say(text, byPerson = false) {
  if (saying && !byPerson) {
    next = text;
    return;
  } // a slider is dragged: the last one counts
  saying = true;
  wanted = text;
  asked = byPerson;
  $('#voice-say').setAttribute('aria-busy', byPerson);
  trigger('say', {number: text, speaker: Number(who.value)});
}

function spoke() {
  const text = next;
  saying = false;
  $('#voice-say').setAttribute('aria-busy', false);
  next = null;
  if (text !== null) say(text);
}

$('.say form').addEventListener('submit', (event) => {
  event.preventDefault();
  say(number.value, true);
});
who.addEventListener('change', () => say(number.value, true));

// -- a clip: recorded, from a file, or the model's own -------------------------------------------------
async function choose(file, title, isSpoken = false) {
  if (file.size > MAX_BYTES) return tgan.toast(tgan.t('voice.big'), 'bad');
  let samples = null;
  let blob = file;
  try {
    const heard = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(await file.arrayBuffer());
    samples = mono(heard).slice(0, KEEP_S * 44100);
    if (isSpoken) samples = utterance(samples, 44100);
    blob = tgan.sound.wav(samples, 44100);
  } catch {
    /* the server says what is wrong with it */
  }
  if (samples && !samples.length) return tgan.toast(tgan.t('voice.mic.silent'), 'bad');
  clip = {data: await tgan.base64(blob), name: file.name ?? 'recording.wav', title, samples};
  showClip();
}

function mono(buffer) {
  const all = [...Array(buffer.numberOfChannels).keys()].map((c) => buffer.getChannelData(c));
  return all[0].map((_, i) => all.reduce((sum, one) => sum + one[i], 0) / all.length);
}

// From where a voice begins to where it ends: a room is never as silent as the server's own trimming wants.
function utterance(samples, rate) {
  const size = Math.round(rate / 100);
  const loud = [];
  for (let i = 0; i + size <= samples.length; i += size) {
    loud.push(Math.sqrt(samples.subarray(i, i + size).reduce((sum, v) => sum + v * v, 0) / size));
  }
  const peak = Math.max(...loud);
  const floor = [...loud].sort((a, b) => a - b)[Math.floor(loud.length / 5)];
  if (!(peak > 0.002) || peak < 2 * floor) return samples.subarray(0, 0);
  const line = Math.max(0.08 * peak, 1.6 * floor);
  const middle = loud.indexOf(peak);
  const pause = 15; // of 10 ms
  let first = middle;
  let last = middle;
  for (let i = middle; i >= 0 && first - i < pause; i--) if (loud[i] > line) first = i;
  for (let i = middle; i < loud.length && i - last < pause; i++) if (loud[i] > line) last = i;
  return samples.slice(Math.max(0, first - 3) * size, (last + 4) * size);
}

function showClip() {
  $('.chosen').classList.toggle('on', !!clip);
  $('.chosen .what').textContent = taping
    ? tgan.t('voice.speak')
    : clip?.sample
      ? tgan.t('voice.clip.sample', {seed: page?.seed})
      : clip
        ? clip.title()
        : `${tgan.t('voice.clip.none')} — ${tgan.t('voice.drop')}`;
  const wave = $('.wave');
  const {samples} = clip ?? {};
  const context = wave.getContext('2d');
  wave.classList.toggle('has', !!samples);
  context.clearRect(0, 0, wave.width, wave.height);
  if (!samples) return;
  context.fillStyle = tgan.css('--tg-accent');
  const top = samples.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-6);
  const bars = wave.width / 6;
  for (let i = 0; i < bars; i++) {
    const part = samples.subarray(
      Math.floor((i * samples.length) / bars),
      Math.floor(((i + 1) * samples.length) / bars),
    );
    const high = Math.max(4, (wave.height * part.reduce((most, v) => Math.max(most, Math.abs(v)), 0)) / top);
    context.fillRect(6 * i, (wave.height - high) / 2, 4, high);
  }
}

$('#voice-file').addEventListener('change', (event) => {
  const [file] = event.target.files;
  event.target.value = '';
  if (file) choose(file, () => file.name);
});
$('#voice-sample').addEventListener('click', () => {
  clip = {sample: true};
  showClip();
  convert();
});
const turn = $('.turn');
turn.addEventListener('dragover', (event) => {
  if (event.dataTransfer.types.includes('Files')) {
    event.preventDefault();
    turn.classList.add('over');
  }
});
turn.addEventListener('dragleave', (event) => {
  if (!turn.contains(event.relatedTarget)) turn.classList.remove('over');
});
turn.addEventListener('drop', (event) => {
  event.preventDefault();
  turn.classList.remove('over');
  const [file] = event.dataTransfer.files;
  if (file) choose(file, () => file.name);
});

async function listen() {
  if (!navigator.mediaDevices?.getUserMedia) return tgan.toast(tgan.t('voice.mic.insecure'), 'bad');
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: {noiseSuppression: true, autoGainControl: true, echoCancellation: false},
    });
  } catch (error) {
    return tgan.toast(tgan.t(error.name === 'NotFoundError' ? 'voice.mic.none' : 'voice.mic.denied'), 'bad');
  }
  try {
    taping = tape(stream, {
      seconds: TAKE_S,
      context: tgan.sound.context,
      loud: (level) => record.style.setProperty('--loud', level.toFixed(2)),
    });
  } catch {
    return tgan.toast(tgan.t('voice.mic.unable'), 'bad');
  }
  words();
  const blob = await taping.done;
  taping = null;
  words();
  choose(blob, () => tgan.t('voice.clip.mic'), true);
}

record.addEventListener('click', () => {
  if (taping) taping.stop();
  else listen();
});

// -- another voice ------------------------------------------------------------------------------------
function convert() {
  if (busy) return;
  if (!clip) return tgan.toast(tgan.t('voice.noclip'));
  const digit = $('#voice-digit').value;
  made = null;
  showMade();
  const begun = performance.now();
  const tell = () => {
    $('.busy').textContent = tgan.t('voice.busy', {s: Math.round((performance.now() - begun) / 1000)});
  };
  busy = setInterval(tell, 500);
  tell();
  rest(true);
  trigger('convert', {
    clip: clip.sample ? null : clip.data,
    name: clip.name ?? '',
    digit: digit === '' ? null : Number(digit),
    speaker: Number($('#voice-target').value),
  });
}

function rest(isBusy = false) {
  if (!isBusy) {
    clearInterval(busy);
    busy = 0;
  }
  $('.busy').classList.toggle('on', isBusy);
  $('#voice-go').disabled = $('#voice-sample').disabled = isBusy;
}

$('.turn form').addEventListener('submit', (event) => {
  event.preventDefault();
  convert();
});

function words() {
  tgan.words(element);
  record.setAttribute('aria-pressed', !!taping);
  record.querySelector('.word').textContent = tgan.t(taping ? 'voice.record.stop' : 'voice.record');
  const any = $('#voice-digit').options[0];
  if (any) any.text = tgan.t('voice.digit.any');
  showClip();
  showSaid();
  showMade();
}

words();
take();
watch('value', take);
tgan.onLang(words);
