import type { Whimbrel } from '../app/whimbrel';
import type { ViewState } from './view_state';
import { pictureWords, progressWords } from './words';

/** Says, for screen readers, the answer of the picture that is looked at, and what came of many. */
export function announce(whimbrel: Whimbrel, view: ViewState): void {
  let said = '';
  const say = (words: string): void => {
    if (words === said) return;
    said = words;
    view.set({ announcement: words });
  };
  whimbrel.pictures.watch(() => {
    const { selected } = whimbrel.pictures;
    if (selected?.state === 'done') say(pictureWords(selected));
    else if (selected?.state === 'failed') say(`${selected.fileName}. ${selected.failure?.sentence ?? ''}`);
  });
  whimbrel.pipeline.watch(() => {
    const { progress } = whimbrel.pipeline;
    if (progress.took !== null && progress.total > 1) say(progressWords(progress) ?? '');
  });
}
