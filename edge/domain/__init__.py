"""The nouns. No input, no output, no clock: an instant is always an argument.

Glossary (ISO/IEC 2382-37 and 19795-1 wherever they have a word for it):

*capture device*     the camera
*frame*              one exposure, a full and a low-resolution picture of the same view
*zone*               the part of the view that may be looked at, less its privacy masks
*face*               a detected face: box, five landmarks, detector score
*track*              one face followed from frame to frame for a few seconds, in memory only
*passage*            one person going by once
*sample*             an aligned picture of a face
*features*           what the embedder computes from a sample: 128 numbers (elsewhere called an embedding)
*probe*              the fused features of one passage
*reference*          what an entry of the list is compared with; stored, it is a *template*
*watchlist*          the sealed file
*gallery*            the watchlist, opened in locked memory
*search*             one comparison of a probe with every reference of the gallery
*comparison score*   cosine similarity of probe and reference, a little less where the
                     samples of either disagree; never called confidence
*threshold*          the score from which a comparison yields a candidate; computed, never set
*candidate*          an entry that scored at or above the threshold; never called a match
*finding*            the outcome of one search
*hit*                a candidate told to the control room: a lead for a person, never an identification
*FMR*, *FNMR*        false match and false non-match rate of one-to-one comparisons
*FPIR*, *FNIR*       false positive and false negative identification rate of searches
*FTA*                failure to acquire
*presentation attack* a picture or the like, shown to the camera in place of a face (ISO/IEC 30107)
*authorisation*      the doubly signed document without which nobody is looked at
*trust root*         the keys, each with its one role, and the force's policy, that a device believes
*custodian*          one of those who sign trust roots together, and have no part in any deployment
*urgent*             authorised by somebody of a lower rank, for a shorter time, to be *ratified* within a day
*deployment*         one authorisation in force on one device
*demand*             one more thing that must hold for a deployment to begin, to look, and to last
*presence*           an officer on scene, confirmed by signing a fresh nonce
*permit*             the gate's word that looking is allowed right now, and until when
*paused*             camera shut, list still locked in memory for at most ten minutes
*ended*              the list's key is destroyed
*leaf*               one entry of the journal
*checkpoint*         the journal's signed size and root hash; a *witness* outside the force *cosigns* it
*epoch*              one journal's life: a broken seal ends it, and two custodians open the next
*paper*              a signed document that a leaf names by its digest
*review*             what a person found out about a hit: confirmed, false or inconclusive
*breaker*            suspends a deployment when reviews show more false alerts than were authorised
*flood*              more hits, or more that look like pictures held up, than people can decide on
*view*               one opening of one hit in the control room: who, why, and when, signed
*withdrawn*          an entry of the list that gives no hit any more; the threshold stays
*hold*               a signed order that keeps one hit as evidence beyond its retention
"""
