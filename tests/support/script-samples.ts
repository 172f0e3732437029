/**
 * One sample for each script that writes no blanks between words: a sentence, the same with other words in one place,
 * and a name of its own. Khmer, Burmese and Tibetan sentences repeat a pattern; only their characters matter here.
 */
export interface ScriptSample {
  readonly script: string;
  readonly sentence: string;
  /** Differs by a word or two characters. */
  readonly near: string;
  /** Another sentence. */
  readonly other: string;
  /** As a skill is called. */
  readonly name: string;
  /** Holds the name amid other words. */
  readonly naming: string;
}

export const SCRIPT_SAMPLES: readonly ScriptSample[] = [
  {
    script: 'Chinese',
    sentence: '园丁轻轻地修剪玫瑰并且在黄昏的微光里想起了他年轻时候的母亲',
    near: '园丁轻轻地修剪百合并且在黄昏的微光里想起了他年轻时候的母亲',
    other: '裁缝在灯下缝补旧外套的时候听见了远处传来的火车汽笛声音',
    name: '隐喻',
    naming: '请写一句关于缝纫的话,并且使用隐喻和明喻。',
  },
  {
    script: 'Chinese in traditional characters',
    sentence: '園丁輕輕地修剪玫瑰並且在黃昏的微光裡想起了他年輕時候的母親',
    near: '園丁輕輕地修剪玫瑰並且在黃昏的微光裡想起了他年輕時候的父親',
    other: '裁縫在燈下縫補舊外套的時候聽見了遠處傳來的火車汽笛聲音',
    name: '反諷',
    naming: '寫一段帶有反諷意味的文字',
  },
  {
    script: 'Japanese',
    sentence: '庭師は夕暮れの光の中で静かにバラを剪定しながら若い頃の母のことを思い出していた',
    near: '庭師は夕暮れの光の中で静かにバラを剪定しながら若い頃の父のことを思い出していた',
    other: '仕立屋はランプの下で古い上着を繕っているとき遠くの汽笛を聞いたような気がした',
    name: '隠喩',
    naming: 'この文章には隠喩が一つ含まれています',
  },
  {
    script: 'katakana',
    sentence: 'パーティーノメニューハ、スープトサラダトステーキトアイスクリームデス',
    near: 'パーティーノメニューハ、スープトサラダトケーキトアイスクリームデス',
    other: 'コンピューターノキーボードヲクリーニングスルサービスガアリマス',
    name: 'メタファー',
    naming: 'ここではメタファーを使ってください',
  },
  {
    script: 'Thai',
    sentence: 'คนสวนตัดแต่งกุหลาบอย่างเบามือในแสงสลัวยามเย็นแล้วก็คิดถึงแม่ของเขาเมื่อครั้งยังหนุ่ม',
    near: 'คนสวนตัดแต่งกุหลาบอย่างเบามือในแสงสลัวยามเย็นแล้วก็คิดถึงพ่อของเขาเมื่อครั้งยังหนุ่ม',
    other: 'ช่างตัดเสื้อได้ยินเสียงหวูดรถไฟดังมาจากที่ไกลขณะซ่อมเสื้อโค้ตตัวเก่าใต้แสงตะเกียง',
    name: 'อุปลักษณ์',
    naming: 'จงเขียนประโยคที่ใช้อุปลักษณ์เกี่ยวกับการเย็บผ้า',
  },
  {
    script: 'Lao',
    sentence: 'ຄົນສວນຕັດແຕ່ງດອກກຸຫລາບຢ່າງຄ່ອຍໆໃນແສງແລງແລ້ວກໍຄິດຮອດແມ່ຂອງລາວ',
    near: 'ຄົນສວນຕັດແຕ່ງດອກກຸຫລາບຢ່າງຄ່ອຍໆໃນແສງແລງແລ້ວກໍຄິດຮອດພໍ່ຂອງລາວ',
    other: 'ຊ່າງຕັດເສື້ອໄດ້ຍິນສຽງລົດໄຟດັງມາແຕ່ໄກໃນຍາມກາງຄືນ',
    name: 'ອຸປະມາ',
    naming: 'ຈົ່ງຂຽນປະໂຫຍກໜຶ່ງທີ່ໃຊ້ອຸປະມາກ່ຽວກັບການຫຍິບ',
  },
  {
    script: 'Khmer',
    sentence: 'អ្នកថែសួនកាត់ផ្កាកុលាបថ្នមៗក្នុងពន្លឺពេលល្ងាចហើយនឹកដល់ម្តាយរបស់គាត់កាលពីក្មេង',
    near: 'អ្នកថែសួនកាត់ផ្កាកុលាបថ្នមៗក្នុងពន្លឺពេលល្ងាចហើយនឹកដល់ឪពុករបស់គាត់កាលពីក្មេង',
    other: 'ជាងកាត់ដេរបានឮសំឡេងរថភ្លើងពីចម្ងាយពេលកំពុងជួសជុលអាវចាស់',
    name: 'ពាក្យប្រៀបធៀប',
    naming: 'ចូរសរសេរប្រយោគមួយដែលប្រើពាក្យប្រៀបធៀបអំពីការដេរ',
  },
  {
    script: 'Burmese',
    sentence: 'ဥယျာဉ်မှူးသည်ညနေခင်းအလင်းရောင်တွင်နှင်းဆီပန်းများကိုညင်သာစွာဖြတ်ရင်းသူ့အမေကိုသတိရခဲ့သည်',
    near: 'ဥယျာဉ်မှူးသည်ညနေခင်းအလင်းရောင်တွင်နှင်းဆီပန်းများကိုညင်သာစွာဖြတ်ရင်းသူ့အဖေကိုသတိရခဲ့သည်',
    other: 'အပ်ချုပ်သမားသည်မီးအိမ်အောက်တွင်ရထားဥသြသံကိုကြားလိုက်ရသည်',
    name: 'ဥပစာ',
    naming: 'အပ်ချုပ်ခြင်းအကြောင်းဥပစာသုံးပြီးဝါကျတစ်ကြောင်းရေးပါ',
  },
  {
    script: 'Chinese with Latin words',
    sentence: '他用Python写了一个小程序来统计每天GitHub上的提交次数并且每周发送Email报告',
    near: '他用Python写了一个小程序来统计每天GitHub上的提交次数并且每月发送Email报告',
    other: '我们在iPhone上测试了新的App但是WiFi连接总是不太稳定',
    name: 'AI写作',
    naming: '请谈谈AI写作对记者的影响',
  },
  {
    script: 'Han beyond the first 65,536 characters',
    sentence: '𠮷野家的𠮟责声让𡈽地上的𠀋夫们都停下了手里的活儿看着他',
    near: '𠮷野家的𠮟责声让𡈽地上的𠀋夫们都停下了手里的书本看着他',
    other: '𩸽是一种生活在北方海里的鱼类渔民们常常在冬天捕捞它们',
    name: '𠮷祥语',
    naming: '请在句子里使用𠮷祥语来表达祝福',
  },
];
