// A person's clip, or the page's seed, lends its motion to the grid's characters.
// value = {part: "page", model, seed} | {part: "asked", asked} | {part: "made", asked, own?, made, seeds}
//   | {part: "stop"}: an error, told elsewhere; what was there before stays. asked, own, made are films.
// Fires 'borrow' {clip: base64 | null, name, rows}.
const $ = (s) => element.querySelector(s);
const box = $('.borrow');
const made = $('#borrow-made');
const MAX_BYTES = 16 * 2 ** 20;
const LARGEST = 128;
let page = null;
let results = null;
let before = null;
let busy = 0;
let latest = 0;
let name = '';

async function take() {
  const value = props.value;
  if (value?.part === 'page') {
    if (page?.model !== value.model) {
      results = before = null;
      build();
    }
    page = value;
    words();
  } else if (value?.part === 'asked' || value?.part === 'made') {
    const mine = ++latest;
    const films = {};
    for (const key of ['asked', 'own', 'made'])
      if (value[key]) films[key] = {...value[key], image: await tgan.picture(value[key].src)};
    if (mine !== latest || (value.model ?? page?.model) !== page?.model) return;
    results = {...films, seeds: value.seeds, name};
    if (value.part === 'made') {
      before = results;
      rest();
    }
    build();
  } else if (value?.part === 'stop') {
    results = before;
    rest();
    build();
  }
}

// [film, which of its clips, caption, strong]
function shown() {
  if (!results) return [];
  const {asked, own, made: others, seeds} = results;
  const list = [[asked, 0, tgan.t(results.name ? 'borrow.asked' : 'borrow.asked.seed')]];
  if (own) list.push([own, 0, tgan.t('borrow.own')]);
  if (others) list.push(...seeds.map((seed, i) => [others, i, tgan.t('borrow.made', {seed}), true]));
  return list;
}

function build() {
  const list = shown();
  made.replaceChildren(
    ...list.flatMap(([, , caption, strong], i) => {
      const figure = document.createElement('figure');
      const canvas = document.createElement('canvas');
      const text = document.createElement('figcaption');
      text.textContent = caption;
      figure.classList.toggle('strong', !!strong);
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', caption);
      figure.append(canvas, text);
      const arrow = document.createElement('span');
      arrow.className = 'arrow';
      arrow.textContent = '→';
      arrow.setAttribute('aria-hidden', 'true');
      return strong && !list[i - 1][3] ? [arrow, figure] : [figure];
    }),
  );
  $('.taken').textContent = results?.own ? tgan.t('borrow.taken') : '';
  made.dataset.made = results?.made ? list.length : '';
  draw();
}

function draw() {
  const list = shown();
  made.querySelectorAll('canvas').forEach((canvas, i) => {
    const [film, k] = list[i];
    const side = tgan.wholeSize(film.w, Math.min(LARGEST, Math.max(60, box.clientWidth / 3 - 14)));
    canvas.nextSibling.style.maxWidth = Math.max(96, side) + 'px';
    const context = tgan.crisp(canvas, side, (side * film.h) / film.w);
    tgan.put(context, film.image, film, k, 0, 0, side, (side * film.h) / film.w);
  });
}

function go(clip, called) {
  if (busy || !tgan.motion) return;
  name = called;
  const begun = performance.now();
  const tell = () => {
    $('.busy').textContent = tgan.t(clip ? 'borrow.busy' : 'borrow.busy.seed', {
      s: Math.round((performance.now() - begun) / 1000),
    });
  };
  busy = setInterval(tell, 500);
  tell();
  rest(true);
  trigger('borrow', {clip, name: called, rows: tgan.motion.rows});
}

function rest(isBusy = false) {
  if (!isBusy) {
    clearInterval(busy);
    busy = 0;
  }
  $('.busy').classList.toggle('on', isBusy);
  $('#borrow-seed').disabled = $('#borrow-file').disabled = isBusy;
}

async function choose(file) {
  if (file.size > MAX_BYTES) return tgan.toast(tgan.t('borrow.big'), 'bad');
  if (busy) return;
  go(await tgan.base64(file), file.name || 'clip');
}

$('#borrow-file').addEventListener('change', (event) => {
  const [file] = event.target.files;
  event.target.value = '';
  if (file) choose(file);
});
$('#borrow-seed').addEventListener('click', () => go(null, ''));
box.addEventListener('dragover', (event) => {
  if (event.dataTransfer.types.includes('Files')) {
    event.preventDefault();
    box.classList.add('over');
  }
});
box.addEventListener('dragleave', (event) => {
  if (!box.contains(event.relatedTarget)) box.classList.remove('over');
});
box.addEventListener('drop', (event) => {
  event.preventDefault();
  box.classList.remove('over');
  const [file] = event.dataTransfer.files;
  if (file) choose(file);
});

function words() {
  tgan.words(element);
  $('#borrow-seed').textContent = tgan.t('borrow.seed', {seed: page?.seed ?? ''});
}

words();
take();
watch('value', take);
tgan.onLang(() => {
  words();
  build();
});
tgan.onLook(draw);
tgan.watchSize(box);
tgan.clock.listen(draw, box);
