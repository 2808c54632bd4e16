// What the user chose for a run: data, start, preset, budget, and the knobs that differ from the preset.
export const $ = (s) => element.querySelector(s);
export const spec = fixed.spec;
export const data = $('#train-data');
export const from = $('#train-from');
export const preset = $('#train-preset');
export const budget = $('#train-budget');
export const unit = $('#train-unit');
export const presets = Object.fromEntries(spec.presets.map((row) => [row.name, row]));
export const kept = tgan.kept('train', {}); // of the last visit
export const wanted = {data: kept.data ?? 'digits', start: kept.start ?? 'scratch'};
// own: knobs that differ from their preset; crop: files that came; strip: what the data look like;
// branches: moments of runs that were chosen to start from
export const state = {own: {}, crop: null, strip: null, branches: []};

export const modality = () => tgan.modalityOf(props.value?.data?.find((row) => row.id === data.value));
export const whose = () => [modality()]; // words: those of the chosen data
export const t = (key, values) => tgan.t(key, values, whose());
export const word = (key, otherwise) => (tgan.settings.words[key] ? t(key) : otherwise);
export const tuned = () => from.value !== 'scratch';
export const has = (key) => Object.hasOwn(state.own, key);
// from scratch some modalities begin otherwise than the preset says
export const base = (key) =>
  (tuned() ? undefined : spec.beginnings[modality()]?.[key]) ?? presets[preset.value].values[key];
export const now = (key) => (has(key) ? state.own[key] : base(key));
export const suits = (knob) => [modality(), ''].includes(tgan.modalityOf(knob));
