// Texts whose colour stands out too little from what is behind it.
// Source: WCAG 2.2, 1.4.3: 4.5 to 1; 3 to 1 where large.
() => {
  const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length > 3 && n[3] === 0 ? null : n; };
  const light = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (each) => { for (; each; each = each.parentElement) { const c = parse(getComputedStyle(each).backgroundColor); if (c) return c; } return [255, 255, 255]; };
  const found = [];
  for (const each of document.querySelectorAll("body *")) {
    if (![...each.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    if (!each.checkVisibility() || each.closest(".skip")) continue;
    const style = getComputedStyle(each), one = light(parse(style.color)), other = light(behind(each));
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${each.tagName} ${each.textContent.trim().slice(0, 40)} ${ratio.toFixed(2)}`);
  }
  return found;
}
