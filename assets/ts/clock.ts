const minute = 60_000;

/** The hour and minute of an RFC 3339 time as it is written: "14:17". */
export function written(moment: string): string {
  return moment.slice(11, 16);
}

/** The present time where `like`, an RFC 3339 time, was written: with its offset. */
export function nowLike(like: string): string {
  const offset = /([+-])(\d\d):(\d\d)$/.exec(like);
  const [, sign = "+", hours = "0", minutes = "0"] = offset ?? [];
  const shift = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minute;
  const shifted = new Date(Date.now() + shift).toISOString().slice(0, 19);
  return shifted + (offset ? offset[0] : "Z");
}

/** The present time in a zone such as "Europe/Oslo", RFC 3339, or undefined for an unknown one. */
export function nowIn(zone: string): string | undefined {
  try {
    const parts = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone, dateStyle: "short", timeStyle: "medium",
    }).format(Date.now());
    return `${parts.replace(" ", "T")}Z`;
  } catch {
    return undefined;
  }
}

/** Calls tell at every full minute until the returned function is called. */
export function everyMinute(tell: () => void): () => void {
  let timer = 0;
  const wait = () => {
    timer = setTimeout(() => { tell(); wait(); }, minute - (Date.now() % minute));
  };
  wait();
  return () => clearTimeout(timer);
}
