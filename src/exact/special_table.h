/* special_table.h - polynomials for erf, erfc and lgamma; made by test/fixtures/elementary/make.py */
#ifndef CST_EXACT_SPECIAL_TABLE_H
#define CST_EXACT_SPECIAL_TABLE_H

/* clang-format off */
/** A polynomial in (x - centre), lowest coefficient first, for arguments below top;
 *  rest is what rounding left of the first. */
typedef struct {
    double top, centre, rest;
    int terms;
    double c[24];
} piece;

/** erf(x) / x in x^2, for |x| up to 1 */
static const piece erf_near[2] = {
    {0x1.0000000000000p-2, 0x0.0p+0, 0x1.9700109f0b411p-57, 9,
        {0x1.20dd750429b6dp+0, -0x1.812746b0379b5p-2, 0x1.ce2f21a03d814p-4,
         -0x1.b82ce30f2b28fp-6, 0x1.565bcbf8e0365p-8, -0x1.c02d4f6e4921ap-11,
         0x1.f98db34e8872ep-14, -0x1.f224dfc5409afp-17, 0x1.8b4b60851826bp-20}},
    {0x1.0000000000000p+0, 0x1.0000000000000p-1, 0x1.89b679b390ca9p-55, 12,
        {0x1.ee51eb23cb7eap-1, -0x1.1fd16292151fdp-2, 0x1.454368017b03dp-4,
         -0x1.2b902b7b2f33dp-6, 0x1.c82aa249e3c12p-9, -0x1.263991b7c063ap-11,
         0x1.486638a506eecp-14, -0x1.429e946debd9cp-17, 0x1.1ad654d528f01p-20,
         -0x1.bf948dd143f3fp-24, 0x1.417434a315e6ap-27, -0x1.7d7ec9e0826f1p-31}},
};

/** exp(x^2) erfc(x), for x from 0.5 to 12 */
static const piece erfc_scaled[9] = {
    {0x1.8000000000000p-1, 0x1.4000000000000p-1, 0x1.fed72508f0156p-56, 12,
        {0x1.1d16b5809eaf6p-1, -0x1.babd0e4f1a24dp-2, 0x1.2577420fcd0a8p-2,
         -0x1.59c35c06f801cp-3, 0x1.72d46a9b1f698p-4, -0x1.6fce5df0a483cp-5,
         0x1.552fe78706b90p-6, -0x1.2a7f50139eb82p-7, 0x1.efce33b83d658p-9,
         -0x1.88ee36fbfc76dp-10, 0x1.2c38d2fdb0d99p-11, -0x1.b65bb90a9eb1fp-13}},
    {0x1.0000000000000p+0, 0x1.c000000000000p-1, -0x1.58e62d6e09b53p-56, 12,
        {0x1.db747ee409ac5p-2, -0x1.4369f60195edcp-2, 0x1.80ef8f454cfa6p-3,
         -0x1.9d5868de0b595p-4, 0x1.9831c2c83a8b8p-5, -0x1.779dd2a3cc349p-6,
         0x1.45264931c139ep-7, -0x1.0ab383670b3d3p-8, 0x1.a0ee1dcd7a23cp-10,
         -0x1.37fd8b8ee4f35p-11, 0x1.c3269aa326d19p-13, -0x1.38a17c837ee0dp-14}},
    {0x1.6000000000000p+0, 0x1.3000000000000p+0, 0x1.c1d5cf55d2e9cp-56, 13,
        {0x1.8674923c605e1p-2, -0x1.c841f18283f79p-3, 0x1.de35ab5b880c4p-4,
         -0x1.cb858a0b1e31ep-5, 0x1.9abcc2c9dce0dp-6, -0x1.5908bd6a5828ep-7,
         0x1.127f6dc1dc8adp-8, -0x1.a01de905936ecp-10, 0x1.2ded1dc5ea61bp-11,
         -0x1.a50a75bafa0c2p-13, 0x1.1b1043310a216p-14, -0x1.740de0fc5d3d8p-16,
         0x1.d46684df2442dp-18}},
    {0x1.e000000000000p+0, 0x1.a000000000000p+0, -0x1.88eb8ebfdccaep-56, 13,
        {0x1.3583f6644327bp-2, -0x1.2b11e69599349p-3, 0x1.0a15ac2adab34p-4,
         -0x1.ba018e642a481p-6, 0x1.5a142948aaeaep-7, -0x1.014eae23c0fafp-8,
         0x1.6d609f65d1e25p-10, -0x1.f1b44c6c3b238p-12, 0x1.465ed56e6a6a9p-13,
         -0x1.9d558383d3074p-15, 0x1.faeeaad67e20ap-17, -0x1.32be81f426320p-18,
         0x1.62ade2c195eb3p-20}},
    {0x1.4000000000000p+1, 0x1.1800000000000p+1, 0x1.c63e0db674ebfp-58, 14,
        {0x1.e4dac2d95830ep-3, -0x1.7b5d2754d7c15p-4, 0x1.17b37f5230d4dp-5,
         -0x1.87af15ba61d0cp-7, 0x1.05fefdc11308fp-8, -0x1.5067009729639p-10,
         0x1.a023878c58950p-12, -0x1.f17e0af61d969p-14, 0x1.20254712d657dp-15,
         -0x1.44260a9a13678p-17, 0x1.62bb916d35da9p-19, -0x1.7a7153ae17698p-21,
         0x1.92c97805db8aap-23, -0x1.999044882da06p-25}},
    {0x1.c000000000000p+1, 0x1.8000000000000p+1, -0x1.90753de713593p-58, 15,
        {0x1.6e9827d229d2dp-3, -0x1.bd6ae4d14b170p-5, 0x1.043fe1a98c0cep-6,
         -0x1.259061ba8508dp-8, 0x1.409cc2ed3f9efp-10, -0x1.53dec9d18d23cp-12,
         0x1.5e7393055f214p-14, -0x1.60250f0733096p-16, 0x1.595f1a5a6afa5p-18,
         -0x1.4b151ee3d23a7p-20, 0x1.3699a2e15fc80p-22, -0x1.1d3bab524858bp-24,
         0x1.011cfc63146a7p-26, -0x1.dba0ad19315e9p-29, 0x1.9ccdd8b3b89e9p-31}},
    {0x1.4000000000000p+2, 0x1.1000000000000p+2, -0x1.e396e6bd0cc61p-57, 16,
        {0x1.08e62ce8c89adp-3, -0x1.da39533524970p-6, 0x1.9ef71691a5552p-8,
         -0x1.6373226edf564p-10, 0x1.2a660fdeb8ffdp-12, -0x1.eb88e0e8e9aeap-15,
         0x1.8d8e598231aacp-17, -0x1.3c07764150ee7p-19, 0x1.ee33538b84d65p-22,
         -0x1.7c56857a49298p-24, 0x1.204d90cdb5979p-26, -0x1.aeb7cda4ca112p-29,
         0x1.3c8a4cb755d93p-31, -0x1.cc0de4cb90db7p-34, 0x1.6292b7ad31294p-36,
         -0x1.f54e6148957cap-39}},
    {0x1.e000000000000p+2, 0x1.9000000000000p+2, 0x1.839cd16ee50e2p-58, 18,
        {0x1.6d2f811bf7397p-4, -0x1.c82c132848f67p-7, 0x1.19a2448fc71d2p-9,
         -0x1.57e0ab4d7cb14p-12, 0x1.9f57d767b822bp-15, -0x1.f06780723b4d2p-18,
         0x1.259fcb43969d6p-20, -0x1.57ec19ef08c64p-23, 0x1.8ef5714743385p-26,
         -0x1.ca76cde10b3afp-29, 0x1.0503ba290ff16p-31, -0x1.268e7cac1910cp-34,
         0x1.49981bf7775c5p-37, -0x1.6d93f5de6ce3dp-40, 0x1.8f088eb8eccebp-43,
         -0x1.b3784a8667966p-46, 0x1.0d7cd944ea8cfp-48, -0x1.20de06c1fc147p-51}},
    {0x1.8000000000000p+3, 0x1.3800000000000p+3, -0x1.248cfc5e9d1afp-60, 19,
        {0x1.d7947dc6e8dafp-5, -0x1.7ef85ef3d1685p-8, 0x1.3572837068f82p-11,
         -0x1.f19a40f07dabbp-15, 0x1.8e20f7770d6f0p-18, -0x1.3d01ef23fb696p-21,
         0x1.f66f55eb38fb6p-25, -0x1.8c4c659b35bf5p-28, 0x1.37239d601819ep-31,
         -0x1.e6552cdb8e770p-35, 0x1.7a60633b80487p-38, -0x1.25110c55a91cdp-41,
         0x1.c4021df906741p-45, -0x1.5b7abd08375a7p-48, 0x1.09a7ead37b081p-51,
         -0x1.8aebcb6f412c1p-55, 0x1.2b8635f5173afp-58, -0x1.1eada8555717ap-61,
         0x1.ae5fa410909bap-65}},
};

/** x exp(x^2) erfc(x) in 1 / x^2, for x from 12 on */
static const piece erfc_far[1] = {
    {0x1.c71c71c71c71cp-8, 0x0.0p+0, 0x1.0538b3644121ep-57, 8,
        {0x1.20dd750429b6dp-1, -0x1.20dd750429aaap-2, 0x1.b14c2f85ae345p-2,
         -0x1.0ecf9d10c416fp+0, 0x1.d9ea9e60bebeep+1, -0x1.0a78cad50fb00p+4,
         0x1.69dca33ee5868p+6, -0x1.e70c6a7aa01ebp+8}},
};

/** lgamma(x) / (x - 1), for x from 0.5 to 1.5 */
static const piece gamma_one[4] = {
    {0x1.8000000000000p-1, 0x1.4000000000000p-1, -0x1.6feede06ef575p-55, 17,
        {-0x1.eca70cb84e110p-1, 0x1.4ed88650d8066p+0, -0x1.0c03dad2f7eedp+0,
         0x1.2657359037263p+0, -0x1.6b6b4183e0cc0p+0, 0x1.dc039feb88736p+0,
         -0x1.430c92296a5d4p+1, 0x1.c12c0c1f519e0p+1, -0x1.3dd00f9baf7bfp+2,
         0x1.c7dd726f62364p+2, -0x1.4a7dc54f2d0dbp+3, 0x1.e39c5042766b0p+3,
         -0x1.645590db6e732p+4, 0x1.055c6d95b1488p+5, -0x1.85945e30138e9p+5,
         0x1.579bae66bab25p+6, -0x1.02a649b3d8b18p+7}},
    {0x1.0000000000000p+0, 0x1.0000000000000p+0, 0x1.3456449b27ffcp-58, 15,
        {-0x1.2788cfc6fb619p-1, 0x1.a51a6625307c7p-1, -0x1.9a4d55beacfa8p-2,
         0x1.151322abaa436p-2, -0x1.a8b9c1dfc33c5p-3, 0x1.5b40bc88cdba1p-3,
         -0x1.2704fd5f27ea2p-3, 0x1.00f50d377d115p-3, -0x1.ca02b2444d35fp-4,
         0x1.89cb34495e8cfp-4, -0x1.d2e61ba10ee61p-4, -0x1.6138eff8916abp-7,
         -0x1.596b04cc1545ep-2, -0x1.840c76bad67c9p-2, -0x1.dd952d5aefd80p-2}},
    {0x1.4000000000000p+0, 0x1.0000000000000p+0, 0x1.6cce41d49b0ffp-58, 16,
        {-0x1.2788cfc6fb619p-1, 0x1.a51a6625307d3p-1, -0x1.9a4d55beab2c9p-2,
         0x1.151322ac7d0d4p-2, -0x1.a8b9c17a63ea1p-3, 0x1.5b40cb04ec4a9p-3,
         -0x1.2703a0a1c61e0p-3, 0x1.010b1e828d73ap-3, -0x1.c803c7abf1d6ep-4,
         0x1.99e679b394ee9p-4, -0x1.73badb6f414c0p-4, 0x1.50c6467da6ac4p-4,
         -0x1.2797574fafc30p-4, 0x1.d0df641bb5f4fp-5, -0x1.1712eea0abd0bp-5,
         0x1.6b20b5cf270d5p-7}},
    {0x1.8000000000000p+0, 0x1.6000000000000p+0, 0x1.e13dce0ca0e9fp-58, 13,
        {-0x1.418ce68827c18p-2, 0x1.357efcbcdd35ep-1, -0x1.b04565f951706p-3,
         0x1.a31d62d35a6e3p-4, -0x1.cf5c4a9bb6136p-5, 0x1.124a748507ef8p-5,
         -0x1.5254dfac7bdd5p-6, 0x1.acb48ddac5f55p-7, -0x1.14c9a6642a2e5p-7,
         0x1.6a5d123d5bad1p-8, -0x1.dfa28d010bed2p-9, 0x1.47be16c2d75dap-9,
         -0x1.b8c55151d05f3p-10}},
};

/** lgamma(x) / (x - 2), for x from 1.5 to 3 */
static const piece gamma_two[4] = {
    {0x1.c000000000000p+0, 0x1.a000000000000p+0, -0x1.f1e0d504f7d11p-56, 12,
        {0x1.2a1e404095004p-2, 0x1.88c74cb57cb96p-2, -0x1.94581e9e17116p-4,
         0x1.32daeac998436p-5, -0x1.119abbbae85c6p-6, 0x1.09a89f17a2884p-7,
         -0x1.0f75dc72dbbbdp-8, 0x1.1ec4466b9ca5fp-9, -0x1.35f705c358918p-10,
         0x1.54b8a991997b5p-11, -0x1.810ee612c399dp-12, 0x1.b108c5313678ep-13}},
    {0x1.0000000000000p+1, 0x1.0000000000000p+1, 0x1.76fc39c2fb81cp-58, 12,
        {0x1.b0ee6072093cep-2, 0x1.4a34cc4a60fa9p-2, -0x1.13e001a556d73p-4,
         0x1.51322ac877cbcp-6, -0x1.e404fbc1fb9eap-8, 0x1.7add7f875ebd9p-9,
         -0x1.38aa7bb9e4a27p-10, 0x1.0b59bd63b7104p-11, -0x1.d09a40b4d276ap-13,
         0x1.bc787a3fbf43fp-14, -0x1.e149e11820141p-16, 0x1.62fc75b490eabp-15}},
    {0x1.4000000000000p+1, 0x1.0000000000000p+1, 0x1.483e4db59a42dp-57, 13,
        {0x1.b0ee6072093cep-2, 0x1.4a34cc4a60f76p-2, -0x1.13e001a552169p-4,
         0x1.51322ac42f8e2p-6, -0x1.e404facfbc856p-8, 0x1.7add4a486a0c3p-9,
         -0x1.38a9d486c6b7ap-10, 0x1.0b184d554df18p-11, -0x1.d2045d028c6edp-13,
         0x1.95b4b7c32a3bep-14, -0x1.4a9b5b6354ba4p-15, 0x1.afeebfff1ab3ep-17,
         -0x1.3d5c40dc09575p-19}},
    {0x1.8000000000000p+1, 0x1.6000000000000p+1, 0x1.29c0622b81156p-55, 13,
        {0x1.4469c84d47203p-1, 0x1.f9f1226dc6813p-3, -0x1.34a26cd901414p-5,
         0x1.0fdf5c64c35d2p-7, -0x1.186a6dca63425p-9, 0x1.3b945685dccc4p-11,
         -0x1.770e20fb0fe80p-13, 0x1.ce6f044f14f23p-15, -0x1.24a0ae05387a1p-16,
         0x1.797c99a821a76p-18, -0x1.ee416dc4bfee3p-20, 0x1.4ef7fa9260be8p-21,
         -0x1.bfe1cb1421a2bp-23}},
};

/** lgamma(x), for x from 3 to 10 */
static const piece gamma_more[5] = {
    {0x1.e000000000000p+1, 0x1.b000000000000p+1, 0x1.d77f57fde8938p-54, 13,
        {0x1.10d17244ceb80p+0, 0x1.0f9d3c56cf00ap+0, 0x1.60b8f6e409e97p-3,
         -0x1.40ffb92b98b9fp-6, 0x1.b25b961031135p-9, -0x1.5dbe0d29f06d0p-11,
         0x1.367bad753506cp-13, -0x1.253068a4f809ep-15, 0x1.20bfdb416be8ap-17,
         -0x1.24f39fd84d345p-19, 0x1.300ff0e549cedp-21, -0x1.4c09df31e9c35p-23,
         0x1.638ec8b76d3c9p-25}},
    {0x1.3000000000000p+2, 0x1.1000000000000p+2, 0x1.c07fed3553e98p-53, 14,
        {0x1.0ea6864c19994p+1, 0x1.531e707e22e4dp+0, 0x1.0f7c989d5a3f1p-3,
         -0x1.7db93ef273bffp-7, 0x1.905b3ee726812p-10, -0x1.f53f5602307f6p-13,
         0x1.5ae6e6e72f3a2p-15, -0x1.0000cae789d73p-17, 0x1.8aef73304d332p-20,
         -0x1.3a8d18ec146d7p-22, 0x1.0078994822366p-24, -0x1.aa5755e5c997bp-27,
         0x1.76b4573f2bbe2p-29, -0x1.400e43bd282eap-31}},
    {0x1.8000000000000p+2, 0x1.5800000000000p+2, -0x1.49bf73ab41319p-53, 13,
        {0x1.e10611ec2972fp+1, 0x1.95faf787d7668p+0, 0x1.a2a687412ace2p-4,
         -0x1.c6e0d20ab2c3ap-8, 0x1.7172e622e5633p-11, -0x1.66e8a8a345d2ap-14,
         0x1.823036cccc8d4p-17, -0x1.bbdc6ab32766fp-20, 0x1.0b0860e946e08p-22,
         -0x1.4c1814c250f7cp-25, 0x1.a7d1f314a810ep-28, -0x1.1deb0b20db09fp-30,
         0x1.7a7271f6e6bb7p-33}},
    {0x1.f000000000000p+2, 0x1.b800000000000p+2, 0x1.e126587fee2a5p-52, 14,
        {0x1.962ac520c977ep+2, 0x1.da78bfaa3fe8dp+0, 0x1.409a0b73bedfep-4,
         -0x1.0b21d113a9450p-8, 0x1.4d35072d30158p-12, -0x1.f1c67c2f936dbp-16,
         0x1.9c543588a2b58p-19, -0x1.6d4174e74f5d9p-22, 0x1.531bba0da8e44p-25,
         -0x1.45e6a67e6925cp-28, 0x1.415397e96b60cp-31, -0x1.43b54843d5ed0p-34,
         0x1.5b7d1e55b93a1p-37, -0x1.69335b691af95p-40}},
    {0x1.4000000000000p+3, 0x1.1c00000000000p+3, 0x1.cd6639da58822p-51, 13,
        {0x1.4ad072ab7818cp+3, 0x1.101ba50f450b3p+1, 0x1.e87f160849a40p-5,
         -0x1.3659793481f58p-9, 0x1.2768fcb05058ep-13, -0x1.5109b3e7cb56ep-17,
         0x1.aac4ca1290bdbp-21, -0x1.212af03f50a48p-24, 0x1.9aff797bb2ccbp-28,
         -0x1.2e60ee5fb6445p-31, 0x1.c967cb0e254c6p-35, -0x1.70509c38b1aa5p-38,
         0x1.21e35ca5dc38bp-41}},
};

/** x (lgamma(x) - (x - 1/2) log(x) + x - log(2 pi)/2) in 1 / x^2, x from 10 */
static const piece gamma_far[1] = {
    {0x1.47ae147ae147bp-7, 0x0.0p+0, 0x1.532857329327dp-58, 7,
        {0x1.5555555555555p-4, -0x1.6c16c16c1697cp-9, 0x1.a01a019c051eep-11,
         -0x1.381377985f3f1p-11, 0x1.b94707b01d16cp-11, -0x1.f37f7526abf9ap-10,
         0x1.6813d0b49986ep-8}},
};
/* clang-format on */

#endif
