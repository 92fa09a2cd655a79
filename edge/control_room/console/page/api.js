// What the page asks of its program. Every answer that is a no comes as what is wrong and what to do about it.

export class No extends Error {
  constructor(what, remedy) {
    super(what);
    this.remedy = remedy;
  }
}

export async function post(path, said = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(said),
    });
  } catch {
    throw new No("The program on this machine cannot be reached.", "See whether it runs in its terminal.");
  }
  if (answer.ok) return answer;
  throw await no(answer);
}

export async function read(path) {
  const answer = await fetch(path);
  if (answer.ok) return answer.json();
  throw await no(answer);
}

async function no(answer) {
  try {
    const { what, remedy } = await answer.json();
    return new No(what, remedy);
  } catch {
    return new No("This page's session is over.", "Fetch another link from the program's terminal.");
  }
}

export async function save(path, said) {
  const answer = await post(path, said);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = "hit.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
