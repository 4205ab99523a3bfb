"""The words of reported speech in English, French and Turkish, folded: see `rasid.enrich.speech.words`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rasid.enrich.speech.words import Cue, Form, Noun, Role
from rasid.enrich.tokens import key_of, keys_in


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A language in which the speaker stands on either side of the verb.

    Attributes:
        cues: words that open speech; `per` of them stand before who is behind the sentence, as the first of two words
            where `per_second` has the second.
        bare: verbs behind which what was said may follow without "that".
        that: words that join it. pronouns: speakers who were named before.
        between: auxiliaries and adverbs between a speaker and his verb.
        fillers: what may stand between a verb and what was said (when, where, to whom).
        nouns: what says of which kind a speaker is. heads: words with which such a phrase begins.
        via: how it was said.
    """

    cues: dict[str, Form]
    per_second: dict[str, str]
    bare: frozenset[str]
    that: frozenset[str]
    pronouns: frozenset[str]
    between: frozenset[str]
    fillers: frozenset[str]
    nouns: dict[str, Noun]
    heads: frozenset[str]
    via: dict[str, str]


def _nouns(**lists: str) -> dict[str, Noun]:
    kinds = {
        "sources": Noun(Role.ANONYMOUS, nameless=True),
        "people": Noun(Role.WITNESS, nameless=True),
        "reporters": Noun(Role.CORRESPONDENT),
        "media": Noun(Role.MEDIA),
        "agencies": Noun(Role.AGENCY),
        "social": Noun(Role.SOCIAL),
        "titles": Noun(Role.OFFICE, title=True),
        "offices": Noun(Role.OFFICE),
    }
    return {key_of(word): kinds[name] for name, written in lists.items() for word in written.split()}


_VIA_EN = {"statement": "statement speech letter conference remarks", "interview": "interview", "social": "x twitter"}
_VIA_EN["social"] += " facebook telegram instagram tiktok tweet post"
_VIA_FR = {"statement": "communique discours lettre conference", "interview": "interview entretien"}
_VIA_FR["social"] = "x twitter facebook telegram instagram tweet publication"


def _via(lists: dict[str, str]) -> dict[str, str]:
    return {key_of(word): via for via, written in lists.items() for word in written.split()}


@lru_cache(maxsize=1)
def english() -> Lexicon:
    say, doing = Form(Cue.SAY), Form(Cue.DOING)
    cues = dict.fromkeys(keys_in("said says told tells added adds stated declared explained insisted stressed"), say)
    needs = (
        "say tell announced announces claimed claims argued argues noted notes warned warns confirmed confirms denied"
    )
    needs += " denies reported reports wrote writes tweeted posted acknowledged admitted alleged vowed pledged replied"
    needs += " responded asked reiterated testified emphasized emphasised underlined predicted concluded recalled"
    cues |= dict.fromkeys(keys_in(needs), say._replace(needs=True))
    cues |= dict.fromkeys(keys_in("tweeted posted wrote"), say._replace(needs=True, via="social"))
    cues["wrote"] = say._replace(needs=True)
    cues |= dict.fromkeys(
        keys_in("saying adding noting stressing warning claiming arguing insisting explaining"), doing
    )
    cues["according"] = Form(Cue.PER)
    return Lexicon(
        cues=cues,
        per_second={"according": "to"},
        bare=keys_in("said says told tells added say"),
        that=keys_in("that"),
        pronouns=keys_in("he she they it we i"),
        between=keys_in("has have had also later then earlier previously repeatedly reportedly further meanwhile who"),
        fillers=keys_in(
            "on in at during late early yesterday today monday tuesday wednesday thursday friday saturday sunday a an"
            " the statement interview post speech press news conference reporters journalists him her them us me afp"
            " reuters morning evening afternoon night to x twitter telegram facebook television tv earlier this week"
            " and live"
        ),
        nouns=_nouns(
            sources="source sources official officials diplomat diplomats officer officers aide aides insider"
            " insiders analyst analysts expert experts critics observers",
            people="witness witnesses resident residents survivor survivors locals neighbours neighbors villagers"
            " protester protesters farmer refugee refugees relatives woman man",
            reporters="correspondent correspondents",
            media="newspaper channel broadcaster media website magazine paper outlet outlets",
            agencies="agency",
            social="users posts",
            titles="minister president spokesman spokeswoman spokesperson ambassador secretary governor mayor"
            " commander chief leader director envoy general colonel senator premier king prince lawyer doctor"
            " professor judge chairman chairwoman head chancellor",
            offices="police ministry army military government statement report authorities office group organisation"
            " organization council committee court party forces coalition union administration kremlin"
            " pentagon embassy prosecutors rescuers civil defence defense commission bank company movement"
            " activists monitor study militants rebels",
        ),
        heads=keys_in("the a an one two three several some many state local senior his her their its"),
        via=_via(_VIA_EN),
    )


@lru_cache(maxsize=1)
def french() -> Lexicon:
    say, doing = Form(Cue.SAY), Form(Cue.DOING)
    cues = dict.fromkeys(keys_in("déclaré ajouté affirmé indiqué précisé expliqué assuré souligné déclare ajoute"), say)
    needs = (
        "dit affirme indique précise explique annonce annoncé estime estimé assure souligne rappelle rappelé confirme"
    )
    needs += (
        " confirmé averti regretté insisté martelé lancé lance écrit confié raconte raconté répondu dénoncé démenti"
    )
    needs += " dément prévenu promis reconnu jugé juge rapporte rapporté soutient soutenu"
    cues = dict.fromkeys(keys_in(needs), say._replace(needs=True)) | cues
    cues |= dict.fromkeys(keys_in("ajoutant précisant soulignant affirmant assurant indiquant estimant"), doing)
    cues |= {"selon": Form(Cue.PER), "apres": Form(Cue.PER)}
    return Lexicon(
        cues=cues,
        per_second={"apres": "d"},
        bare=frozenset(),
        that=keys_in("que qu"),
        pronouns=keys_in("il elle ils elles on nous"),
        between=keys_in("a ont avait avaient t l également aussi ensuite encore notamment en effet s est qui"),
        fillers=keys_in(
            "lundi mardi mercredi jeudi vendredi samedi dimanche hier aujourd hui à l la le les un une dans lors de du"
            " communiqué conférence presse journalistes afp entretien soir matin devant au aux des sur x twitter"
        ),
        nouns=_nouns(
            sources="source sources responsable responsables diplomate diplomates officier officiers analyste"
            " analystes expert experts observateurs fonctionnaire",
            people="témoin témoins habitant habitants survivant survivants riverains manifestant manifestants"
            " réfugié réfugiés femme homme proches",
            reporters="correspondant correspondante correspondants",
            media="quotidien chaîne télévision journal site hebdomadaire radio médias",
            agencies="agence",
            social="internautes",
            titles="ministre président présidente porte-parole parole ambassadeur ambassadrice secrétaire gouverneur"
            " maire commandant chef cheffe dirigeant directeur directrice émissaire général colonel sénateur"
            " premier roi prince avocat avocate médecin professeur juge patron chancelier",
            offices="police ministère armée gouvernement communiqué rapport autorités bureau groupe organisation"
            " conseil comité tribunal parti forces coalition union administration kremlin pentagone ambassade"
            " parquet commission banque entreprise mouvement ong observatoire étude présidence rebelles",
        ),
        heads=keys_in("le la les l un une des de du d son sa ses plusieurs deux trois certains"),
        via=_via(_VIA_FR),
    )


@dataclass(frozen=True, slots=True)
class Turkish:
    """Turkish: the verb stands last. `after` are verbs that speak only behind one of some words (ifade etti)."""

    verbs: frozenset[str]
    after: dict[str, frozenset[str]]
    direct: frozenset[str]
    nouns: dict[str, Noun]
    genitive: frozenset[str]
    tails: frozenset[str]
    via: dict[str, str]


@lru_cache(maxsize=1)
def turkish() -> Turkish:
    verbs = "dedi söyledi belirtti açıkladı kaydetti vurguladı bildirdi duyurdu aktardı ekledi savundu uyardı diyor"
    verbs += " söylüyor belirtiyor yazdı dediler söylediler belirttiler hatırlattı sordu yanıtladı öne"
    return Turkish(
        verbs=keys_in(verbs) - {"one"},
        after={
            "etti": keys_in("ifade iddia işaret"),
            "ediyor": keys_in("ifade iddia"),
            "konustu": keys_in("diye şeklinde"),
            "kullandi": keys_in("ifadelerini ifadesini"),
            "getirdi": keys_in("dile"),
            "bulundu": keys_in("açıklamasında değerlendirmesinde açıklamada"),
            "surdu": keys_in("öne"),
            "cekti": keys_in("dikkat"),
        },
        direct=keys_in("diye şeklinde ifadelerini ifadesini açıklamasında değerlendirmesinde"),
        nouns=_nouns(
            sources="kaynak kaynaklar kaynaklara kaynağa yetkili yetkililer yetkililere yetkiliye uzmanlar uzman"
            " diplomat diplomatlar",
            people="tanık tanıklar tanıkları tanıklarına sakinleri",
            reporters="muhabir muhabiri muhabirimiz",
            media="gazetesi gazetesine kanalı kanalına televizyonu sitesi",
            agencies="ajansı ajansına",
            titles="bakanı başkanı sözcüsü cumhurbaşkanı valisi büyükelçisi komutanı müdürü genel",
            offices="bakanlık bakanlığı bakanlığından polis ordu hükümet partisi mahkemesi savcılığı emniyet valilik"
            " valiliği örgütü komisyonu açıklamada açıklamaya rapora raporda",
        ),
        genitive=keys_in("ın in un ün nın nin nun nün"),
        tails=keys_in("e a ye ya na ne"),
        via=_via({"statement": "açıklamasında açıklamada", "interview": "röportajda", "social": "twitter sosyal x"}),
    )
