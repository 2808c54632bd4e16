// The connection to the server: a bar while it stops or is away, until it is back.
const LOOK_MS = 2000;
const plainFetch = window.fetch;
const rootOf = () => window.gradio_config?.root ?? '';
let leaving = false; // a page that is closed breaks its own connections
let timer = 0;
window.addEventListener('pagehide', () => (leaving = true));
window.addEventListener('pageshow', () => (leaving = false));

const bar = () => {
  let box = document.getElementById('tg-away');
  if (!box) {
    box = document.createElement('div');
    box.id = 'tg-away';
    box.setAttribute('role', 'status');
    document.body.append(box);
  }
  return box;
};
const away = (why) => {
  if (leaving) return;
  bar().textContent = tgan.t('server.' + why);
  bar().hidden = false;
  timer ||= setInterval(look, LOOK_MS);
};
const look = async () => {
  try {
    const answer = await plainFetch(rootOf() + '/health', {cache: 'no-store'});
    if (!answer.ok) return away(answer.status === 503 ? 'stopping' : 'lost');
    const {app_id: id} = await (await plainFetch(rootOf() + '/gradio_api/app_id')).json();
    if (id !== window.gradio_config?.app_id) return location.reload(); // another server: it knows no open page
    clearInterval(timer);
    timer = 0;
    bar().hidden = true;
  } catch {
    away('lost');
  }
};

// Each open page holds one request, which ends when the server does.
const watch = async (answer) => {
  try {
    const reader = answer.body.getReader();
    while (!(await reader.read()).done);
  } catch (error) {
    if (error.name === 'AbortError') return; // by the page itself
  }
  away('lost');
};
const stops = async (answer) => (await answer.json().catch(() => ({}))).stopping && away('stopping');

window.fetch = async (...request) => {
  const url = String(request[0]?.url ?? request[0]);
  if (!url.includes('/gradio_api/')) return plainFetch(...request);
  try {
    const answer = await plainFetch(...request);
    if (answer.status === 503) stops(answer.clone());
    else if (answer.ok && url.includes('/gradio_api/heartbeat/')) watch(answer.clone());
    return answer;
  } catch (error) {
    if (error.name === 'TypeError') away('lost'); // no answer at all
    throw error;
  }
};
