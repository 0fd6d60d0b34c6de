// Replaces the node of a message by that of its new version without flicker. Pictures that stay are moved instead of
// loaded again, a new picture replaces the old one only once it is decoded, and the focus stays where it was.

const pending = new WeakMap();  // figure on the screen -> figure that will replace it once decoded

export function replace(old, fresh) {
  const focused = document.activeElement, key = focused?.dataset.key;
  const hadFocus = old === focused, containedFocus = old.contains(focused);
  moveFigures(figures(old), figures(fresh));
  old.replaceWith(fresh);
  if (hadFocus) fresh.focus();
  else if (containedFocus) (findByKey(fresh, key) ?? fresh).focus();
}

export const findByKey = (node, key) =>
  [...node.querySelectorAll("[data-key]")].find((item) => item.dataset.key === key && !item.disabled);

const figures = (node) => [...node.querySelectorAll("[data-src]")];

function moveFigures(before, after) {
  const bySource = new Map(before.map((figure) => [figure.dataset.src, figure]));
  const removed = before.filter((figure) => !after.some((item) => item.dataset.src === figure.dataset.src));
  for (const figure of after) {
    const same = bySource.get(figure.dataset.src), other = same ? null : removed.shift();
    if (same) { pending.delete(same); figure.replaceWith(same); }
    else if (other?.querySelector("img") && figure.querySelector("img")) replaceWhenDecoded(other, figure);
  }
}

// Shows the old picture until the new one is decoded. If several new pictures arrive meanwhile, only the last is shown.
function replaceWhenDecoded(old, fresh) {
  pending.set(old, fresh);
  fresh.replaceWith(old);
  const show = () => {
    if (pending.get(old) !== fresh) return;
    pending.delete(old);
    old.replaceWith(fresh);
  };
  fresh.querySelector("img").decode().then(show, show);
}
