// Files on their way to the server, in the place of Gradio's own upload(), which tells neither how far it is
// nor that it failed: the same request to the same route, within the same bounds.
const PART = 1000; // files of one request, as many as Gradio takes
const most = tgan.settings.most ?? {file: Infinity, all: Infinity}; // bytes, as the server has them

// The server's paths of files, in their order. `told` hears 0..1. Raises an Error with a sentence, or an
// AbortError after `signal`.
tgan.upload = async (files, {told = () => {}, signal} = {}) => {
  const sizes = files.map((file) => file.size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const large = files.find((file) => file.size > most.file);
  if (large) throw new Error(tgan.t('upload.large', {name: large.name.slice(-60), most: mib(most.file)}));
  if (total > most.all) throw new Error(tgan.t('upload.many', {size: mib(total), most: mib(most.all)}));
  const paths = [];
  let sent = 0;
  for (let i = 0; i < files.length; i += PART) {
    const before = sent;
    const tell = (share, size) => told(total ? (before + share * size) / total : share);
    const part = files.slice(i, i + PART);
    const size = sizes.slice(i, i + PART).reduce((sum, one) => sum + one, 0);
    paths.push(...(await post(part, (share) => tell(share, size), signal)));
    sent += size;
  }
  return paths;
};

const mib = (bytes) => `${tgan.whole(bytes / 2 ** 20)} MiB`;

function post(files, told, signal) {
  const form = new FormData();
  files.forEach((file) => form.append('files', file));
  const {root, api_prefix: prefix = '/gradio_api'} = window.gradio_config ?? {};
  const request = new XMLHttpRequest();
  return new Promise((done, failed) => {
    request.open('POST', `${root ?? location.origin}${prefix}/upload`);
    request.upload.addEventListener('progress', (event) => {
      if (event.total) told(event.loaded / event.total);
    });
    request.addEventListener('load', () => {
      if (request.status === 200) done(JSON.parse(request.responseText));
      else failed(new Error(tgan.t('upload.refused', {why: request.responseText.slice(0, 200)})));
    });
    request.addEventListener('error', () => failed(new Error(tgan.t('upload.broke'))));
    request.addEventListener('abort', () => failed(new DOMException('', 'AbortError')));
    signal?.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}

// A bar in `box` (class tg-sending) for files on their way and while they are looked at. Of its functions,
// send(files) gives the server's paths, or null where that failed or was given up; look(text) is for what
// comes then, end() takes the sign away, say(text) leaves a sentence in its place.
tgan.sender = (box) => {
  box.innerHTML =
    '<progress aria-hidden="true"></progress><span role="status"></span><button type="button"></button>';
  const [bar, text, stop] = box.children;
  let going = null; // the newest upload; one that began before is given up
  let rest = () => {};
  const show = (state, said = '') => {
    box.hidden = !state;
    box.dataset.state = state;
    text.textContent = said;
    stop.textContent = tgan.t('upload.cancel');
    stop.hidden = state !== 'sending';
    bar.hidden = state === 'failed';
  };
  const end = () => {
    going?.abort();
    going = null;
    rest();
    show('');
  };
  const say = (said) => {
    end();
    show('failed', said);
  };
  const look = (said) => {
    bar.removeAttribute('value'); // nobody knows how long
    show('looking', said);
    rest();
    rest = tgan.onTrouble(end);
  };
  const send = async (files) => {
    end();
    const mine = new AbortController();
    going = mine;
    const told = (share) => {
      if (mine !== going) return;
      bar.value = share;
      show('sending', tgan.t('upload.sending', {percent: Math.floor(100 * share)}));
    };
    told(0);
    try {
      const paths = await tgan.upload(files, {told, signal: mine.signal});
      return mine === going ? paths : null;
    } catch (error) {
      if (mine !== going) return null; // of an upload that another took the place of
      if (error.name === 'AbortError') end();
      else say(error.message);
      return null;
    }
  };
  stop.addEventListener('click', end);
  end();
  return {send, look, end, say};
};

// Calls `then` when Gradio tells an error: the answer that is waited for may never come. Gives what ends it.
// A second error joins the toast of the first.
tgan.onTrouble = (then) => {
  const error = '.toast-body.error';
  const isTold = (node) => {
    const element = node.closest ? node : node.parentElement;
    return element?.closest(error) || element?.querySelector(error);
  };
  const watcher = new MutationObserver((changes) => {
    if (changes.some(({addedNodes}) => [...addedNodes].some(isTold))) then();
  });
  watcher.observe(document.body, {childList: true, subtree: true});
  return () => watcher.disconnect();
};
