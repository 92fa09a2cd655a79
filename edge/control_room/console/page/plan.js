// The site's plan: what stands there, where devices look, and how each of them is.
import { html } from "/render.js";
import { Mark, SAID, standing } from "/marks.js";

const WIDE = 56; // degrees that a device's view is drawn with

function view(device) {
  const [x, y] = device.at;
  const point = (degrees) => {
    const turned = ((degrees - 90) * Math.PI) / 180;
    return `${x + device.reach * Math.cos(turned)} ${y + device.reach * Math.sin(turned)}`;
  };
  const radius = device.reach;
  return `M${x} ${y}L${point(device.facing - WIDE / 2)}A${radius} ${radius} 0 0 1 ${point(device.facing + WIDE / 2)}Z`;
}

export function Plan({ place, devices, waiting }) {
  if (!place) return null;
  const [wide, high] = place.size;
  const unit = wide / 100;
  return html`<figure class="plan">
    <svg viewBox="0 0 ${wide} ${high}" role="img" aria-label=${`Plan of ${place.name}: ${devices.length} devices`}>
      <rect width=${wide} height=${high} class="ground" />
      ${place.blocks.map(
        (block) => html`<polygon points=${block.outline.map((point) => point.join(",")).join(" ")} class="block" />`,
      )}
      ${place.blocks.filter((block) => block.name).map((block) => {
        const [x, y] = middle(block.outline);
        return html`<text x=${x} y=${y} class="block-name" style=${{ fontSize: `${2.1 * unit}px` }}>${block.name}</text>`;
      })}
      ${devices.map((device) => html`<path d=${view(device)} class="view" data-state=${standing(device)} />`)}
      ${devices.map((device) => {
        const [x, y] = device.at;
        const side = 5 * unit;
        return html`<g data-state=${standing(device)} class="pin">
          ${waiting.has(device.id) && html`<circle cx=${x} cy=${y} r=${side * 0.95} class="ring" />`}
          <circle cx=${x} cy=${y} r=${side * 0.68} class="seat" />
          <svg x=${x - side / 2} y=${y - side / 2} width=${side} height=${side} viewBox="0 0 16 16">
            <${Mark} state=${standing(device)} />
          </svg>
          <text x=${x} y=${y + side * 1.35} class="pin-name" style=${{ fontSize: `${2.3 * unit}px` }}>${device.label}</text>
        </g>`;
      })}
    </svg>
    <figcaption class="only-read">
      ${devices.map((device) => `${device.label}: ${SAID[standing(device)]}`).join("; ")}
    </figcaption>
  </figure>`;
}

function middle(outline) {
  const sum = outline.reduce(([x, y], [px, py]) => [x + px, y + py], [0, 0]);
  return sum.map((one) => one / outline.length);
}
