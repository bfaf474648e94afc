import { html, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import '../look/charts.css';
import { LightElement } from '../ui/light_element';
import { known, type Chart } from './chart';
import { onDress } from './colours';
import './data_disclosure';
import { draw, fit, pointAt, redraw, shapeOf, type Drawn } from './plot';
import { bucketWords } from './words';

const FAR = 10;

/** A chart with what the pointer or the keys are at in words, and its table below. */
@customElement('whimbrel-chart')
export class ChartFigure extends LightElement {
  @property({ attribute: false }) chart!: Chart;
  /** The start of the bucket that is pointed at; it stays the same one when new values come. */
  @state() private pointed: number | null = null;
  @query('.chart-plot') private host!: HTMLElement;
  #drawn: Drawn | null = null;
  #touched: number | null = null;
  /** Whether the pointer is over the chart: then it says what is pointed at, else the keys do. */
  #pointer = false;
  #stops: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stops.splice(0)) stop();
    this.#drawn?.plot.destroy();
    this.#drawn = null;
  }

  protected override firstUpdated(): void {
    this.#begin();
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('chart') || !this.#drawn) return;
    if (this.#drawn.shape !== shapeOf(this.chart)) this.#drawAnew();
    else redraw(this.#drawn, this.chart);
    if (!this.#pointer) pointAt(this.#drawn, this.chart, this.#index);
  }

  protected override render(): TemplateResult {
    const { chart } = this;
    const index = this.#index;
    const said = index === null ? null : this.#says(index);
    return html`<figure class="chart">
      <figcaption class=${said === null ? 'chart-title' : 'chart-said'}>${said ?? chart.title}</figcaption>
      <div class="chart-plot ${index !== null && chart.address(index) ? 'chart-leads' : ''}" tabindex="0" role="slider"
        aria-label=${chart.title} aria-orientation="horizontal" aria-valuemin="0" aria-valuemax=${chart.at.length - 1}
        aria-valuenow=${index ?? chart.at.length - 1} aria-valuetext=${said ?? 'Arrow keys go from point to point, Enter opens its pictures.'}
        @keydown=${this.#pressed} @blur=${this.#left} @click=${this.#clicked}
        @pointermove=${this.#over} @pointerleave=${this.#left}></div>
      <whimbrel-data .table=${chart.table}></whimbrel-data>
    </figure>`;
  }

  get #index(): number | null {
    const index = this.pointed === null ? -1 : this.chart.at.indexOf(this.pointed);
    return index < 0 ? null : index;
  }

  #says(index: number): string {
    return `${bucketWords(this.chart.at[index] ?? 0, this.chart.bucketMs)}: ${this.chart.says(index)}`;
  }

  #begin(): void {
    const sizes = new ResizeObserver(() => this.#drawn && fit(this.#drawn, this.host.clientWidth));
    sizes.observe(this.host);
    this.#stops = [() => sizes.disconnect(), onDress(() => this.#drawAnew())];
    this.#drawAnew();
  }

  #drawAnew(): void {
    this.#drawn?.plot.destroy();
    this.#drawn = draw(this.host, () => this.chart, (index) => this.#moved(index));
    pointAt(this.#drawn, this.chart, this.#index);
  }

  #moved(index: number | null): void {
    if (this.#pointer) this.pointed = index === null ? null : (this.chart.at[index] ?? null);
  }

  #goTo(index: number | undefined): void {
    if (index === undefined || !this.#drawn) return;
    this.#pointer = false;
    this.pointed = this.chart.at[index] ?? null;
    pointAt(this.#drawn, this.chart, index);
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    const places = this.chart.at.flatMap((_, index) => (known(this.chart, index) ? [index] : []));
    const now = this.#index;
    const before = places.filter((place) => now === null || place < now);
    const after = places.filter((place) => now !== null && place > now);
    const goals: Readonly<Record<string, number | undefined>> = {
      ArrowLeft: before.at(-1),
      ArrowRight: after[0],
      PageUp: before.at(-FAR) ?? before[0],
      PageDown: after[FAR - 1] ?? after.at(-1),
      Home: places[0],
      End: places.at(-1),
    };
    if (event.key === 'Enter') this.#open();
    else if (event.key in goals) this.#goTo(goals[event.key]);
    else return;
    event.preventDefault();
  };

  readonly #over = (): void => void (this.#pointer = true);

  readonly #left = (): void => {
    this.#pointer = false;
    this.pointed = null;
    if (this.#drawn) pointAt(this.#drawn, this.chart, null);
  };

  /** A finger first shows what it touched, and opens it when it touches there again. */
  readonly #clicked = (event: MouseEvent): void => {
    const finger = (event as PointerEvent).pointerType === 'touch';
    const again = this.pointed === this.#touched;
    this.#touched = this.pointed;
    if (!finger || again) this.#open();
  };

  #open(): void {
    const address = this.#index === null ? null : this.chart.address(this.#index);
    if (address !== null) location.hash = address;
  }
}
