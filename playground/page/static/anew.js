// The same message, said anew: what stays the same is moved over, not loaded and started again, and a new picture takes the place of
// the old one only when it can be shown. The focus stays where it was.

const waiting = new WeakMap();  // figure on the screen -> the one that is to take its place

export function replace(old, fresh) {
  const key = document.activeElement?.dataset.key, held = old === document.activeElement, within = old.contains(document.activeElement);
  keepFigures(figures(old), figures(fresh));
  old.replaceWith(fresh);
  if (held) fresh.focus();
  else if (within) (withKey(fresh, key) ?? fresh).focus();
}

export const withKey = (node, key) => [...node.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && !one.disabled);

const figures = (node) => [...node.querySelectorAll("[data-src]")];

function keepFigures(before, after) {
  const known = new Map(before.map((figure) => [figure.dataset.src, figure]));
  const left = before.filter((figure) => !after.some((one) => one.dataset.src === figure.dataset.src));
  for (const figure of after) {
    const same = known.get(figure.dataset.src), other = same ? null : left.shift();
    if (same) { waiting.delete(same); figure.replaceWith(same); }
    else if (other?.querySelector("img") && figure.querySelector("img")) hold(other, figure);
  }
}

// The old picture stays until the new one is decoded; of several that come meanwhile only the last counts.
function hold(old, fresh) {
  waiting.set(old, fresh);
  fresh.replaceWith(old);
  const show = () => { if (waiting.get(old) === fresh) { waiting.delete(old); old.replaceWith(fresh); } };
  fresh.querySelector("img").decode().then(show, show);
}
