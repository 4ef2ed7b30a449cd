//! Names, areas and industries of synthetic companies.

use super::draw::Draw;

/// First half of a name, with its initials.
const HEADS: [(&str, &str); 40] = [
    ("华兴", "HX"),
    ("东岳", "DY"),
    ("南岭", "NL"),
    ("西江", "XJ"),
    ("北辰", "BC"),
    ("金鼎", "JD"),
    ("银河", "YH"),
    ("天池", "TC"),
    ("海润", "HR"),
    ("长风", "CF"),
    ("中岳", "ZY"),
    ("新域", "XY"),
    ("国泰", "GT"),
    ("民生", "MS"),
    ("光启", "GQ"),
    ("恒顺", "HS"),
    ("永安", "YA"),
    ("瑞丰", "RF"),
    ("德馨", "DX"),
    ("博远", "BY"),
    ("凯旋", "KX"),
    ("龙门", "LM"),
    ("凤鸣", "FM"),
    ("云帆", "YF"),
    ("青山", "QS"),
    ("白鹭", "BL"),
    ("红岩", "HY"),
    ("紫荆", "ZJ"),
    ("兰台", "LT"),
    ("松江", "SJ"),
    ("泰山", "TS"),
    ("昆仑", "KL"),
    ("渤海", "BH"),
    ("珠江", "ZJ"),
    ("锦绣", "JX"),
    ("嘉禾", "JH"),
    ("明德", "MD"),
    ("思源", "SY"),
    ("同济", "TJ"),
    ("万里", "WL"),
];

/// Second half, with initials and industry.
const TAILS: [(&str, &str, &str); 30] = [
    ("科技", "KJ", "软件服务"),
    ("股份", "GF", "综合类"),
    ("电子", "DZ", "元器件"),
    ("医药", "YY", "化学制药"),
    ("生物", "SW", "生物制药"),
    ("能源", "NY", "新型电力"),
    ("化工", "HG", "化工原料"),
    ("材料", "CL", "玻璃"),
    ("银行", "YH", "银行"),
    ("证券", "ZQ", "证券"),
    ("地产", "DC", "区域地产"),
    ("机械", "JX", "专用机械"),
    ("重工", "ZG", "工程机械"),
    ("汽车", "QC", "汽车整车"),
    ("航空", "HK", "航空"),
    ("物流", "WL", "仓储物流"),
    ("食品", "SP", "食品"),
    ("酒业", "JY", "白酒"),
    ("服饰", "FS", "服饰"),
    ("家居", "JJ", "家居用品"),
    ("传媒", "CM", "影视音像"),
    ("通信", "TX", "通信设备"),
    ("环保", "HB", "环境保护"),
    ("水务", "SW", "水务"),
    ("电力", "DL", "火力发电"),
    ("钢铁", "GT", "普钢"),
    ("有色", "YS", "铜"),
    ("煤业", "MY", "煤炭开采"),
    ("建设", "JS", "建筑工程"),
    ("智能", "ZN", "电气设备"),
];

const AREAS: [&str; 16] = [
    "北京", "上海", "深圳", "浙江", "江苏", "广东", "山东", "福建", "四川", "湖北", "湖南", "安徽", "河南", "河北",
    "陕西", "辽宁",
];

/// The texts of one company.
pub(crate) struct CompanyTexts {
    pub(crate) name: String,
    pub(crate) initials: String,
    pub(crate) area: &'static str,
    pub(crate) industry: &'static str,
}

/// A company's texts. `mark` is put before the name (`*ST`).
pub(crate) fn draw(draw: &mut Draw, mark: &str) -> CompanyTexts {
    let (head, head_initials) = HEADS[draw.below(HEADS.len())];
    let (tail, tail_initials, industry) = TAILS[draw.below(TAILS.len())];
    CompanyTexts {
        name: format!("{mark}{head}{tail}"),
        initials: format!("{mark}{head_initials}{tail_initials}"),
        area: AREAS[draw.below(AREAS.len())],
        industry,
    }
}
