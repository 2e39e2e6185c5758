import type { Words } from "./catalogue";
import type { accountWords as en } from "./en-account";

export const accountWords: Words<typeof en> = {
  signIn: {
    title: "Berth에 로그인",
    text: "사용 권한을 받은 Google 계정으로 로그인해 주세요. 한 번 로그인하면 24시간 동안 유지돼요.",
    kept: "Berth는 계정의 ID, 이메일 주소, 소속 조직만 확인해요.",
    google: "Google로 계속하기",
    another: "다른 계정 선택하기",
    working: "로그인하는 중…",
    endedTitle: "로그인 시간이 끝났어요",
    endedText:
      "로그인은 24시간 동안 유지돼요. 쓰고 있던 내용은 그대로 있으니 다시 로그인하면 이어서 할 수 있어요.",
    newTab: "Google 로그인은 새 탭에서 열려요. 로그인한 뒤 이 화면으로 돌아와 주세요.",
    done: "로그인했어요",
  },
  tokens: {
    title: "API 토큰",
    text: "토큰이 있으면 프로그램이 나를 대신해 Berth를 사용할 수 있어요. 만들 때 한 번만 보여 주고, 기한이 지나면 끝나요.",
    empty: "만든 토큰이 없어요.",
    new: "토큰 만들기",
    newTitle: "새 API 토큰",
    name: "쓰임새",
    namePlaceholder: "보고서 스크립트",
    expires: "기한",
    days: "{{days}}일",
    make: "만들기",
    madeTitle: "지금 토큰을 복사해 주세요",
    madeText:
      "다시 보여 주지 않아요. 이 토큰이 있으면 누구나 나와 똑같이 할 수 있으니 비밀번호처럼 보관해 주세요.",
    token: "토큰",
    ends: "{{time}}까지",
    endless: "기한 없음",
    made: "{{time}}에 만듦",
    remove: "삭제",
    removeTitle: "“{{name}}” 토큰을 삭제할까요?",
    removeText: "이 토큰을 쓰는 프로그램은 바로 멈춰요. 프로그램이 만든 결과는 그대로 있어요.",
    removed: "“{{name}}” 토큰을 삭제했어요",
  },
};
