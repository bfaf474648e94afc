import { nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';

/** What is rarely shown is fetched when it is; `host` is drawn again once the element `tag` is there. */
export function later(
  host: ReactiveControllerHost,
  tag: string,
  fetch: () => Promise<unknown>,
  shown: () => TemplateResult,
): TemplateResult | typeof nothing {
  if (customElements.get(tag)) return shown();
  void fetch().then(
    () => host.requestUpdate(),
    () => undefined,
  );
  return nothing;
}
