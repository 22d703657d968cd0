import { LabIcon } from '@jupyterlab/ui-components';

const dots = (x: number, ys: number[]) =>
  ys.map(y => `<circle cx="${x}" cy="${y}" r="2.2"/>`).join('');

/** A small network: two inputs, three units, one output. */
export const icon = new LabIcon({
  name: 'kerasnb:panel',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="24" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="var(--jp-inverse-layout-color3)">
    ${dots(4, [8, 16])}${dots(12, [4, 12, 20])}${dots(20, [12])}
    <path fill="none" stroke="var(--jp-inverse-layout-color3)" stroke-width="1"
      d="M4 8 12 4M4 8l8 4M4 8l8 12M4 16 12 4M4 16l8-4M4 16l8 4M12 4l8 8M12 12h8M12 20l8-8"/>
  </g>
</svg>`
});
