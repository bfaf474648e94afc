import type { IntakeItem } from '../app/intake';

export interface Problem {
  readonly sentence: string;
  readonly advice: string;
}

const QUALITY = 0.95;

/** The camera's stream: the given one, else the one that looks away from the user. */
export function openCamera(deviceId: string | null): Promise<MediaStream> {
  const size = { width: { ideal: 1920 }, height: { ideal: 1080 } };
  const which = deviceId === null ? { facingMode: 'environment' } : { deviceId: { exact: deviceId } };
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (!media) throw new DOMException('no media devices', 'NotFoundError');
  return media.getUserMedia({ audio: false, video: { ...size, ...which } });
}

export async function cameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === 'videoinput');
}

/** What the video shows now, as a JPEG named after the time. */
export async function takePicture(video: HTMLVideoElement, now: Date): Promise<IntakeItem> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
  return { blob, fileName: `camera ${timeInName(now)}.jpg`, path: null, source: 'camera' };
}

function timeInName(now: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  return `${day} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('.')}`;
}

/** Why there is no camera, by the name of the browser's error. */
export function cameraProblem(problem: unknown): Problem {
  const name = problem instanceof DOMException ? problem.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return {
      sentence: 'Whimbrel may not use the camera.',
      advice: 'Allow the camera for this address in the browser, then press C again.',
    };
  }
  if (name === 'NotReadableError' || name === 'AbortError') {
    return { sentence: 'The camera is in use.', advice: 'Close the other program that uses it, then press C again.' };
  }
  return {
    sentence: 'No camera was found.',
    advice: 'Connect one and press C again, or drop pictures here instead.',
  };
}
