// [data-wait] says for how many seconds something is refused, and goes when they
// are over. {seconds} in its words is the number.
const second = 1000;

for (const remark of document.querySelectorAll<HTMLElement>("[data-wait]")) {
  const end = Date.now() + Number(remark.dataset["wait"]) * second;
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / second);
    if (left > 0) {
      remark.textContent = (remark.dataset["words"] ?? "").replace("{seconds}", String(left));
      return;
    }
    clearInterval(timer);
    remark.remove();
  }, second);
}
