// The script that the browser runs for a push, while no page needs to be open.

interface Note { title: string; body?: string; url: string; tag: string; event: string; lang: string; dir: NotificationDirection }

/** What of a worker's world is used here. */
interface Worker extends EventTarget {
  registration: ServiceWorkerRegistration;
  clients: { openWindow(url: string): Promise<unknown>; claim(): Promise<void> };
  skipWaiting(): Promise<void>;
}

interface Lasting extends Event { waitUntil(work: Promise<unknown>): void }
interface PushCame extends Lasting { data: { json(): unknown } | null }
interface NoteClicked extends Lasting { notification: Notification }

const worker = self as unknown as Worker;

worker.addEventListener("install", (event) => (event as Lasting).waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => (event as Lasting).waitUntil(worker.clients.claim()));

worker.addEventListener("push", (event) => {
  const came = event as PushCame;
  if (came.data) came.waitUntil(show(came.data.json() as Note));
});

/** Shows a note in place of the one before about the same. The same one again makes no sound. */
async function show(note: Note): Promise<void> {
  const before = await worker.registration.getNotifications({ tag: note.tag });
  const again = before.some((one) => (one.data as Note).event === note.event);
  const options: NotificationOptions & { renotify: boolean } = {
    body: note.body ?? "", tag: note.tag, lang: note.lang, dir: note.dir, data: note, renotify: !again, silent: again,
  };
  await worker.registration.showNotification(note.title, options);
}

worker.addEventListener("notificationclick", (event) => {
  const { notification, waitUntil } = event as NoteClicked;
  notification.close();
  waitUntil.call(event, worker.clients.openWindow((notification.data as Note).url));
});
