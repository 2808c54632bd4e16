// Asks for the formula in numbers, one question at a time, the newest next.
import {crossPick} from './maps.js';
import {state, view} from './view.js';

// One question at a time, the newest next: Gradio may drop or repeat the data of events that overlap.
let wanted = '';
let sent = '';
let asking = 0;
let timer = 0;
let number = 0;
let answers = null;

export function ask(map) {
  const pick = map.rows ? crossPick(map.latent) : {layer: map.layer, head: map.head};
  wanted = JSON.stringify({
    open: true,
    source: state.source,
    net: state.net,
    token: state.token,
    lang: tgan.lang,
    stamp: view.value.stamp,
    ...pick,
  });
  clearTimeout(timer);
  timer = setTimeout(send, 100);
}

function send() {
  const panel = document.getElementById('inside-formula');
  if (!answers && panel) {
    answers = new MutationObserver(() => {
      asking = 0;
      send();
    });
    answers.observe(panel, {childList: true, subtree: true, attributes: true, attributeFilter: ['data-ask']});
  }
  if (!state.formula || wanted === sent || Date.now() - asking < 4000) return;
  sent = wanted;
  asking = Date.now();
  setTimeout(send, 4100); // no answer came; perhaps something newer is wanted by now
  trigger('formula', {...JSON.parse(sent), n: ++number});
}

// The next question is asked at once, even if it is the last one again.
export function afresh() {
  sent = '';
  asking = 0;
}
