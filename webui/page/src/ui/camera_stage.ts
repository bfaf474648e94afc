import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Whimbrel } from '../app/whimbrel';
import { cameraProblem, cameras, openCamera, takePicture, type Problem } from './camera';
import { LightElement } from './light_element';
import type { ViewState } from './view_state';

/** The camera's live view; one key takes a picture. */
@customElement('whimbrel-camera')
export class CameraStage extends LightElement {
  @property({ attribute: false }) whimbrel!: Whimbrel;
  @property({ attribute: false }) view!: ViewState;
  @state() private problem: Problem | null = null;
  @state() private choices: readonly MediaDeviceInfo[] = [];
  @query('video') private video!: HTMLVideoElement;
  #stream: MediaStream | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  protected override firstUpdated(): void {
    void this.#open(null);
  }

  /** Takes a picture, hands it in, and goes back to the pictures. */
  async take(): Promise<void> {
    if (!this.#stream || this.video.videoWidth === 0) return;
    const item = await takePicture(this.video, new Date());
    this.view.set({ camera: false });
    this.whimbrel.pipeline.take([item]);
  }

  protected override render(): TemplateResult {
    if (this.problem) return this.#problem(this.problem);
    const close = (): void => this.view.set({ camera: false });
    return html`
      <video class="stage-picture" autoplay playsinline muted aria-label="What the camera sees"></video>
      <div class="camera-ways">
        <button class="main" @click=${() => void this.take()} aria-keyshortcuts="Space Enter">
          Take a picture <kbd aria-hidden="true">Space</kbd>
        </button>
        ${this.#which()}
        <button @click=${close}>Close <kbd aria-hidden="true">Esc</kbd></button>
      </div>
    `;
  }

  #which(): TemplateResult | typeof nothing {
    if (this.choices.length < 2) return nothing;
    const pick = ({ target }: Event): void => void this.#open((target as HTMLSelectElement).value);
    const option = ({ deviceId, label }: MediaDeviceInfo, at: number): TemplateResult =>
      html`<option value=${deviceId}>${label || `Camera ${at + 1}`}</option>`;
    return html`<select aria-label="Which camera" @change=${pick}>${this.choices.map(option)}</select>`;
  }

  #problem({ sentence, advice }: Problem): TemplateResult {
    return html`<div class="notice notice-trouble" role="alert">
      <p>${sentence}</p>
      <p class="soft">${advice}</p>
      <button @click=${() => this.view.set({ camera: false })}>Back <kbd aria-hidden="true">Esc</kbd></button>
    </div>`;
  }

  async #open(deviceId: string | null): Promise<void> {
    this.#stop();
    try {
      const stream = await openCamera(deviceId);
      if (!this.isConnected) return stream.getTracks().forEach((track) => track.stop());
      this.#stream = stream;
      this.video.srcObject = stream;
      this.choices = await cameras();
    } catch (problem) {
      this.problem = cameraProblem(problem);
    }
  }

  #stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}
