"""Word lists by which words are told apart: stopwords by language, and Arabic words that only look as if they carried
a proclitic or the article. Spelled as written; `rasid.text.words` folds them.
"""

from __future__ import annotations

#: Words that carry grammar or reporting, not subject, by language (blank-separated). Turkish and English hold what
#: stands behind an apostrophe.
STOPWORDS: dict[str, str] = {
    "ar": """
        في من على إلى عن مع هذا هذه ذلك تلك هؤلاء أولئك الذي التي الذين اللذين اللتين اللواتي ما لا لم لن ليس
        ليست إن أن أنه أنها إنه إنها أنهم إنهم كان كانت كانوا يكون تكون سيكون كما قد لقد حتى حيث حين حينما عند
        عندما بعد قبل بين خلال ضد نحو حول دون منذ مثل كل بعض أي أية غير سوى أو أم ثم بل لكن لكنه لكنها هو هي هم
        هن أنا نحن أنت أنتم كي لكي إذا إذ لو لولا هل كيف متى أين لماذا ماذا مما عما فيما بما لما كلما بينما عبر
        لدى لديه لديها له لها لهم لنا به بها بهم فيه فيها فيهم منه منها منهم عليه عليها عليهم إليه إليها إليهم
        عنه عنها عنهم معه معها معهم ذات ذو أيضا فقط جدا هنا هناك الآن اليوم أمس غدا كذلك لذلك وذلك بذلك أكثر أقل
        أحد إحدى تم يتم تمت وقد فقد كون يمكن قال قالت أضاف أضافت وقال وأضاف وأوضح أوضح أوضحت أكد أكدت وأكد ذكر
        ذكرت أشار أشارت وأشار بحسب وفق وفقا كلا كلتا نفس نفسه نفسها سوف بأن لأن لأنه وأن وإن فإن بأنه وهو وهي
        وهم ومن وفي وعلى وإلى وعن ولا ولم ولن وما وكان وكانت وكما الا إلا
    """,
    "en": """
        a an the and or but nor so yet if then else of in on at by for with from to into onto over under about
        after before between during through against among within without since until while as is are was were be
        been being am has have had having do does did doing will would shall should can could may might must not
        no it its this that these those he she they we you i him her them us me his their our your my who whom
        whose which what when where why how there here than too very also just only more most some any all each
        both few other such own same s t d ll re ve m said says say told new one two because up down out off
        again further once mr mrs ms
    """,
    "fr": """
        le la les un une des du de d l et ou mais donc or ni car que qu qui quoi dont où à au aux en dans par
        pour sur sous avec sans entre vers chez contre depuis pendant avant après ce cet cette ces c se s sa son
        ses leur leurs il elle ils elles on nous vous je j tu me m te t lui y ne n pas plus moins très aussi
        bien est sont était étaient être été a ont avait avaient avoir eu sera seront fait faire comme si tout
        tous toute toutes même autre autres deux selon ainsi alors ici là dit déclaré mon ma mes notre nos votre
        vos
    """,
    "tr": """
        ve veya ya da de ki ile için ama fakat ancak çünkü eğer bu şu o bunu bunun buna bunlar onlar onu onun
        ona ben sen biz siz bir iki gibi kadar daha çok az en her hiç bazı tüm bütün olan olarak oldu olduğu
        olduğunu olacak ise mı mi mu mü ne nasıl neden hangi sonra önce göre karşı üzere dolayı ayrıca yine hem
        değil var yok dedi söyledi belirtti ifade etti eden edilen dan den tan ten ta te nin nın nun nün in ın
        un ün a e i ı u ü ye yi yı yu yü la le yla yle ni nı nu nü na si sı su sü lar ler
    """,
    "fa": """
        و در به از که این آن را با برای است بود شد می شود شده کرد کرده کند کنند تا بر هم نیز یا اما اگر هر یک دو
        بین پس پیش روی زیر باید خود وی او ما شما آنها آنان ایشان من تو همه هیچ چه چون چرا چگونه کجا دیگر بسیار
        نه نیست هستند بودند شدند باشد خواهد خواهند گفت افزود اظهار داشت دارد دارند داد دهد داده بی ای های ها تر
        ترین همین همان چنین درباره همچنین مورد
    """,
    "ku": """
        û u li di de ji bi ku ev ew va wan wê wî min te me we hev bo jî ya yê yên a ê an da ye in bû bûn dibe
        dike dikin kir kirin hat hatin her hemû gelek tu ne na çi kî kengî çawa wek weke piştî berî nav ser bin
        ber tenê jê pê tê lê و لە بە بۆ کە ئەم ئەو ئەوە ئەمە ئەوان لەگەڵ هەر هەموو یان بەڵام کرد دەکات دەکەن بوو
        بوون دەبێت نییە هەیە لەسەر لەناو دوای پێش نێوان تا وەک چی کێ کەی چۆن زۆر خۆی من تۆ ئێمە ئێوە یەک دوو ی
        وە دا
    """,
}

#: Well-known Arabic words that begin with a letter of their own that looks like و ف ب ك ل.
ARABIC_WHOLE = """
    وزير وزيرة وزيري وزراء وزارة وزاري وزارية وزارات وكالة وكالات وكيل وكلاء ولاية ولايات ولاة واشنطن وفاة وفيات
    وفود وقفة وحدة وحدات وسط وسطى وسائل وسيلة وسيط وسطاء وساطة وثيقة وثائق وضع وضعت وضعية وطن وطني وطنية واقع
    واقعة وقائع واجب واجهة واسعة واسع واحد واحدة وصول وصلت وقعت وقوع وقود وقاية ورقة ورشة وجود وجهة وجهت وجه
    وليد والي والد والدة وباء ودائع وردة وظيفة وظائف وعود وعي وفق وفرت وفير ولادة ولاء ولد ولدت وهمية ويلز وصف
    وصفت واضح واضحة وزن وادي واصل واصلت وافق وافقت واجه واجهت وحيد وحيدة وحوش وشيكة وشيك ورود وريث وكر وداع
    وديعة وثق وتيرة وتر واردات واردة وارد وايت وول ويكيبيديا فلسطين فلسطيني فلسطينية فلسطينيين فلسطينيون فرنسا
    فرنسي فرنسية فرنسيين فرانس فرانسيسكو فنزويلا فيتنام فنلندا فلوريدا فيصل فؤاد فاطمة فادي فارس فرنك فريق فرق
    فرص فرصة فرع فرعية فروع فردية فرد فترة فترات فوز فوزه فاز فازت فائز فائزة فتح فتحت فتاة فتيات فصل فصائل فصيل
    فضل فضاء فضائية فضيحة فضة فقر فقراء فقدان فقه فكرة فكر فلاح فلسفة فنان فنانة فنون فنية فني فندق فنادق فوري
    فورية فوضى فيديو فيروس فيروسات فيلم فيضان فيضانات فيسبوك فيفا فيدرالية فيدرالي فيينا فساد فشل فشلت فعل
    فعالية فعاليات فعلي فئة فئات فحص فحوصات فاتورة فاعل فاعلية فراغ فرار فرض فرضت فراش فرحة فجر فجأة فجوة فيما
    فوق فور بغداد بيروت بريطانيا بريطاني بريطانية برلين باريس باكستان بلجيكا بولندا بلغاريا برازيل برازيلي بكين
    بنغازي بنغلادش بحرين بحريني بصرة بلد بلدة بلدان بلدية بلديات بلاد بلدات بيت بيوت بيان بيانات بيئة بيئية
    برلمان برلماني برلمانية بشار بوتين بايدن بوش باراك بنيامين برنامج برامج بنك بنوك بنية بناء بنت بنات بطل
    بطولة بطولات بطاقة بحث بحوث بحر بحرية بحري بداية بدء بدأ بدأت بديل بديلة برج بريد بريدية برد بردا برق
    برشلونة بسيط بسيطة بشرية بشري بشأن بضائع بضاعة بطارية بعثة بعض بعيد بعيدا بقاء بقية بقيت بكالوريا بكتيريا
    بلاغ بلغ بلغت بلوغ بوابة بورصة باب باحث باحثون باحثين بارز بارزة باردة بالغ بالغة بالون باخرة باص باقي بائع
    بابا بترول بترولية بدر بدلا بذلك بذل براءة براميل برميل بعثي بقعة بلاستيك بنزين بندقية بنود بند بهجة كتاب
    كتب كتبت كتابة كتائب كتيبة كتلة كاتب كاتبة كردي كردية كردستان كرة كركوك كوريا كوري كورية كويت كويتي كويتية
    كندا كندي كندية كوبا كينيا كاليفورنيا كابول كرم كريم كمال كامل كاملة كان كانت كانوا كبير كبيرة كبار كبرى
    كثير كثيرة كثف كثافة كلية كليات كلمة كلمات كلام كلب كلاب كل كمية كميات كما كنيسة كنائس كهرباء كهربائية
    كهربائي كوادر كوكب كوارث كارثة كارثية كاميرا كاميرات كورونا كوفيد كوليرا كيلو كيلومتر كيلومترا كيلوغرام كيان
    كيري كيف كأس كشف كشفت كرامة كراسي كرسي كرواتيا كسب كوسوفو كونغو كونغرس كولومبيا كلينتون كلاسيكو كيماوي
    كيماوية كيميائي كيميائية كذلك كفاءة كفاح كفالة كسر كنز كهف كود كون لبنان لبناني لبنانية لبنانيين ليبيا ليبي
    ليبية ليبيين لندن لاهاي لوكسمبورغ لافروف لوس لازم لاجئ لاجئين لاجئون لاجئة لاعب لاعبين لاعبا لاعبون لاعبي
    لجنة لجان لجوء لجأ لحظة لحظات لحم لحوم لحية لديه لدى لذلك لزم لسان لص لصوص لعبة لعب ألعاب لغة لغات لقاء
    لقاءات لقاح لقاحات لقب لقد لقي لقيت لكن لكنه لكنها لماذا لمسة لواء لوائح لائحة لوحة لوحات لون لؤي ليالي ليلة
    ليل ليلا ليرة ليرات ليس ليست ليفربول ليون لينا ليوم لاحق لاحقا لاتفيا ليتوانيا ليبرالي ليبرالية لوبي لطيفة
    لطيف لمدة لقطة لقطات لهجة
"""

#: Arabic words whose first two letters are ال and not the article, or that are never met without it.
ARABIC_NO_ARTICLE = """
    الله الذي التي الذين اللذين اللتين اللواتي الى الا الان الاف الفين الف الفا المانيا الماني المانية المان
    البانيا الباني الاسكا التقى التقت التقيا التزم التزمت التزام التحق التحقت الغى الغت الغاء القى القت القاء
    الزم الزمت التهم التهاب التماس الية اليات الهي الهام الكترونية الكتروني الكترونيا اليكس الكسندر الترا التراس
    البوم البومات
"""
