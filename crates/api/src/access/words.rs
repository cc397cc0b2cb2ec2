//! What the server's own pages say, in English and Japanese. Each word is a field, so that no language can lack one.

use http::HeaderMap;
use ippo_domain::Language;
use serde::Serialize;

use crate::language::Wanted;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Words {
    pub(crate) lang: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
    pub(crate) password_again: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) too_many: &'static str,
    pub(crate) busy: &'static str,
    pub(crate) welcome: &'static str,
    pub(crate) welcome_lead: &'static str,
    pub(crate) password_rule: &'static str,
    pub(crate) make_account: &'static str,
    pub(crate) name_unfit: &'static str,
    pub(crate) password_unfit: &'static str,
    pub(crate) passwords_differ: &'static str,
    pub(crate) enter: &'static str,
    pub(crate) enter_lead: &'static str,
    pub(crate) link_gone: &'static str,
    pub(crate) link_gone_lead: &'static str,
    pub(crate) to_sign_in: &'static str,
    pub(crate) no_account: &'static str,
}

const ENGLISH: Words = Words {
    lang: "en",
    sign_in: "Sign in",
    name: "Name",
    password: "Password",
    password_again: "Password, once more",
    wrong: "The name or the password is wrong.",
    too_many: "Too many wrong passwords. Wait a moment and try again.",
    busy: "ippo cannot do this right now. Try again in a moment.",
    welcome: "Welcome to ippo",
    welcome_lead: "This link works once. Make the administrator's account; whoever has it can do everything here.",
    password_rule: "At least 12 characters. A few words in a row are easier to keep than odd signs.",
    make_account: "Make the account",
    name_unfit: "The name must have 1 to 64 characters and no space at its ends.",
    password_unfit: "The password must have at least 12 characters.",
    passwords_differ: "The two passwords differ.",
    enter: "Open ippo",
    enter_lead: "This link signs you in.",
    link_gone: "This link no longer works",
    link_gone_lead: "It was used already, or its time is over. While nobody has an account, ippo prints a new link each time it starts.",
    to_sign_in: "To the sign-in page",
    no_account: "Nobody has an account yet. Open the set-up link that ippo printed when it started.",
};

const JAPANESE: Words = Words {
    lang: "ja",
    sign_in: "サインイン",
    name: "名前",
    password: "パスワード",
    password_again: "パスワード(確認)",
    wrong: "名前またはパスワードが違います。",
    too_many: "パスワードの間違いが続いています。しばらく待ってからもう一度お試しください。",
    busy: "いまは処理できません。しばらくしてからもう一度お試しください。",
    welcome: "ippo へようこそ",
    welcome_lead: "このリンクは一度だけ使えます。管理者のアカウントを作成してください。管理者はすべての操作ができます。",
    password_rule: "12文字以上。記号を混ぜるより、いくつかの言葉を並べるほうが覚えやすく安全です。",
    make_account: "アカウントを作成する",
    name_unfit: "名前は1〜64文字で、前後に空白を入れないでください。",
    password_unfit: "パスワードは12文字以上にしてください。",
    passwords_differ: "2つのパスワードが一致しません。",
    enter: "ippo を開く",
    enter_lead: "このリンクでサインインします。",
    link_gone: "このリンクは使えません",
    link_gone_lead: "すでに使われたか、期限が切れています。アカウントがまだない間は、ippo を起動するたびに新しいリンクが表示されます。",
    to_sign_in: "サインイン画面へ",
    no_account: "アカウントがまだありません。ippo の起動時に表示されたセットアップ用のリンクを開いてください。",
};

impl From<&'static Words> for minijinja::Value {
    fn from(words: &'static Words) -> Self {
        Self::from(minijinja::value::Serde(words))
    }
}

impl Words {
    /// The words in the language that a browser asks for.
    pub(crate) fn wanted(headers: &HeaderMap) -> &'static Words {
        match Wanted::by(headers).0 {
            Language::English => &ENGLISH,
            Language::Japanese => &JAPANESE,
        }
    }
}
