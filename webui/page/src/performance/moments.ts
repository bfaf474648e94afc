/** Times of the user's own zone as Whimbrel writes them, the same in every browser. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** "14:05". */
export function clockWords(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** "24 Nov". */
export function dayWords(at: number): string {
  const date = new Date(at);
  return `${date.getDate()} ${MONTHS[date.getMonth()]}`;
}

/** "Tue 24 Nov". */
export function weekdayWords(at: number): string {
  return `${WEEKDAYS[new Date(at).getDay()]} ${dayWords(at)}`;
}

/** "Nov 2026". */
export function monthWords(at: number): string {
  const date = new Date(at);
  return `${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/** "24 Nov 2026", of a day as the figures count them: in UTC. */
export function dateWords(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
