"""Word lists of general English, fixed beforehand and not from the directions or the statements.

`GLUE` is skipped everywhere, even inside a phrase; `STOP_WORDS` say nothing by themselves; `EVERYDAY` words
say a little: two dozen directions are too few texts to learn from them that "water" is common and
"autoencoder" is not, so these count for less than their rarity here would make them.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# "is being watched" and "they are watched" are one phrase.
GLUE = _set(
    """
a am an and are aren be been being can could d did didn do does doesn don had has have having he her hers
him his i is isn it its just ll m me might mine my of our ours re really s shall she should so t than that
the their theirs them then there these they this those to ve very was wasn we were will would you your yours
"""
)

# Words that carry grammar, and words that every applicant writes about themselves.
STOP_WORDS = _set(
    """
a able about above across after afterwards again against ago ai all almost along already also although
always am among an and another any anybody anyone anything anyway anywhere appeal appeals applicant
application applied apply applying are aren't around artificial as aside at away back background be became
because become becomes been before beforehand behind being below beside besides best better between beyond
big bigger biggest billion bit both but by came can can't cannot care career cares certain certainly come
comes coming cool could couldn't course curious currently day days deal dear degree did didn't different
difficult do does doesn't doing don't done down dozen due during each easy eight either eleven else
elsewhere engineer enjoy enjoyed enjoying enough enthusiastic especially etc even ever every everybody
everyone everything everywhere excellent except excited excites exciting experience experienced fact fairly
familiar far fascinated fascinates fascinating favourite feel feeling few field fifth fifty find finding
finds finish finished first five fond for former forty four fourth from full fun further get gets getting
give given gives giving glad go goes going gone good got graduate graduated great had hadn't half hand happy
hard hardly has hasn't have haven't having he help helped helpful helping helps hence her here hers herself
high him himself his hope hoping how however hundred i i'd i'll i'm i've idea ideas if important in indeed
instance instead intelligence interest interested interesting interests into intrigued is isn't it it'd
it'll it's its itself job join joined joining just keen keep keeps kept kind kinds know knowing known knows
large last late lately later latter learn learned learning learnt least less let let's life like liked likes
little long look looking looks lot lots love loved low made main mainly make makes making many master
masters matter matters may maybe me mean meaning means meanwhile mentor mentored mentoring mentors
mentorship might million mine money month months more moreover most mostly motivated much must my myself
namely near nearly need needed needs neither never nevertheless new next nice no nobody none nonetheless nor
not nothing now nowhere number numbers of off often oh ok okay old on once one ones only onto opportunity or
other others otherwise ought our ours ourselves out over own part particular particularly passion passionate
people per perfect perhaps person phd place plan planning please possible possibly postdoc previous
previously probably professional programme programmes progress project projects promising provide pursue put
puts putting quarter question questions quick quickly quite rather re read reading reads real really recent
recently related research researcher researchers researching right said same say saying says second see seem
seemed seeming seems seen self set seven several shall shan't she should shouldn't show showed showing shown
shows similar simply since six sixth skill skills small so some somebody somehow someone something sometimes
somewhat somewhere soon sort sorts spend spending spent start started starting still studied studies study
studying stuff subject such sure take taken takes taking team teams tell telling tells ten term terms than
thank thanks that that's the their theirs them themselves then thence there therefore these thesis they
thing things think thinks third thirty this those though thousand three through throughout thus till time
times to today together told too took topic topics toward towards tried tries try trying turn turned twelve
twenty twice two under understand understanding university unless until up upon us use used useful uses
using usual usually various very via want wanted wanting wants was wasn't way ways we we'd we'll we're we've
week weeks well went were weren't what whatever when whenever where whereas wherever whether which whichever
while who whoever whole whom whose why will willing wish with within without won't wonder wondered wondering
work worked working works world worth would wouldn't year years yes yet you you'd you'll you're you've young
your yours yourself yourselves zero
"""
)

EVERYDAY = _set(
    """
accept accident account achieve act action actual add address advice afford afternoon age agree aim air
allow amount animal annual answer appear area arm army arrange arrive art article assist attempt attend
author autumn average avoid award baby bag ball band bank bar basic battle bear beat beautiful bed begin
believe belong benefit bill bird birth block blood blue board boat body book born borrow boss bottle bottom
box boy branch bread bridge brief bring broad brother brown budget build building burn bus business busy buy
call calm camp capital car card carry case cat catch cause cell central centre century certificate chair
chance change chapter charge cheap check chief child choose church circle citizen city claim class clean
clear client climb clock close cloth club coach coast coat coffee cold collect college colour combine
comfort common community company compare compete complete concern condition connect consider contact contain
content continue contract control cook copy corner correct cost count country couple cover create crop cross
crowd cry culture cup customer cut daily damage dance dangerous dark data date daughter dead death decide
decision deep deliver demand depend describe desert design desk detail develop device die diet dinner direct
discover discuss disease distance doctor document dog door double doubt draw dream dress drink drive drop
dry earn earth east eat economy edge edit education effect effort egg election electric email employ empty
end energy engine entire environment equal equipment escape evening event evidence example exchange exercise
exist expect expensive explain express extend extra eye face factor factory fail fair fall family farm fast
father fault fear feature feed fight figure file fill film final fine finger fire fish fit fix flat floor
flow flower fly focus follow food foot force foreign forest forget form fresh friend front fruit fuel
function fund furniture future game garden gas gate gather gift girl glass goal gold govern ground group
grow guess guide gun hair hall hang hear heart heat heavy height hide hill history hit hold hole holiday
home honest horse hospital hotel hour house human hurt husband ice illness image imagine improve include
increase industry inform injure inside install instrument international introduce invent invite island issue
item journey judge jump kick kill king kitchen lab lack lady lake land language laugh law lay lead leader
leave left leg legal lesson letter level library lie lift light limit line list listen local lock lose loss
lunch machine magazine mail map mark market marry mass match material meal measure meat media medical
medicine meet member memory mention message metal method middle mile military milk mind minute miss mistake
mix modern moment morning mother mountain mouth move movie music name narrow nation native nature neck
neighbour network news newspaper night noise normal north note notice nurse object observe occur ocean offer
office officer oil open operate opinion oppose option orange order organise original owner pack page pain
paint pair paper parent park party pass past path patient pattern pay peace phone photo physical pick
picture piece plane plant plastic plate play player pocket point police policy political poor popular
position post potential pound power practice practise predict prefer prepare present president press
pressure pretty prevent price print prison private prize problem process produce product profit promise
proper property protect prove public pull purpose push quality quiet race radio rain raise range rate reach
react reader ready reason receive recognise record recover red reduce refuse region regular relation release
rely remain remember remove rent repair repeat replace reply report represent require respond rest result
return reveal rich ride ring rise risk river road rock role roll room rule run safe sail salary sale salt
sand save scale scene school science scientist score sea season seat secret section sell send sense separate
serious serve service shape share sharp sheet ship shirt shoe shoot shop shore short shoulder shout sign
silver sing single sister sit size skin sleep slow smart smell smile smoke smooth snow social society soft
soil soldier solve son song sound source south space speak special species specific speech speed sport
spread spring square staff stage stand standard star state station stay steal step stick stock stone stop
store story strange stream street strike strong structure student style success sugar suggest suit summer
sun supply support suppose surface surprise survive sweet swim switch system table talk target task taste
tax tea tear technical technique technology temperature test theory thick thin ticket tie tight title ton
tool top total touch tour town track trade tradition traffic train transport travel treat tree trial trip
trouble truck true trust type uncle unit upset upstairs value vary version victim view village visit voice
vote wait walk wall war warm warn wash waste watch water wave weak wear weather wedding weight welcome west
wheel white wide wife wild win wind window wine winter wire woman wood word worry write wrong yard yellow
"""
)
